"""Steps on several GPUs, which split the model."""

from __future__ import annotations

from benchmarks.training_shapes import ATTENTION, LLAMA_1B, LLAMA_8B, QWEN3_06B, Case

SHARDED = (
    Case(
        name="Llama-3.2-1B sharded",
        architecture=LLAMA_1B,
        method="full",
        optim="adamw_torch_fused",
        loss="fused",
        autocast=True,
        n_gpus=4,
    ),
    Case(
        name="Llama-3.1-8B sharded",
        architecture=LLAMA_8B,
        method="full",
        optim="adamw_torch_fused",
        autocast=True,
        n_gpus=8,
    ),
    Case(name="Qwen3-0.6B sharded", architecture=QWEN3_06B, method="full", autocast=True, batch_size=2, n_gpus=2),
    Case(
        name="Llama-3.2-1B sharded",
        architecture=LLAMA_1B,
        method="lora",
        target_modules=ATTENTION,
        autocast=True,
        loss="fused",
        max_seq_length=4096,
        n_gpus=2,
    ),
    Case(
        name="Llama-3.2-1B sharded",
        architecture=LLAMA_1B,
        method="full",
        optim="adamw_torch_fused",
        loss="fused",
        autocast=True,
        n_gpus=4,
        sharding="fsdp1",
    ),
    Case(
        name="Llama-3.1-8B sharded",
        architecture=LLAMA_8B,
        method="full",
        optim="adamw_torch_fused",
        autocast=True,
        n_gpus=8,
        sharding="fsdp1",
    ),
)
