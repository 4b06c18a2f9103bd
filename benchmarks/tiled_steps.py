"""Steps with TRL's loss in tiles: supervised ones and preferences."""

from __future__ import annotations

from benchmarks.training_shapes import ATTENTION, LLAMA_1B, LLAMA_8B, QWEN3_06B, QWEN3_4B, Case

TILED = (
    Case(name="Llama-3.1-8B", architecture=LLAMA_8B, method="lora", loss="tiled", max_seq_length=8192),
    Case(
        name="Qwen3-4B",
        architecture=QWEN3_4B,
        method="full",
        loss="tiled",
        optim="adamw_torch_fused",
        max_seq_length=4096,
    ),
    Case(
        name="Llama-3.1-8B preferences",
        architecture=LLAMA_8B,
        method="lora",
        loss="tiled",
        algorithm="dpo",
    ),
    Case(
        name="Qwen3-4B preferences",
        architecture=QWEN3_4B,
        method="qlora",
        loss="tiled",
        algorithm="dpo",
        autocast=True,
        kbit_preparation=False,
        adapter_dtype="bfloat16",
        batch_size=2,
        max_seq_length=1024,
    ),
    Case(
        name="Qwen3-0.6B preferences",
        architecture=QWEN3_06B,
        method="lora",
        loss="tiled",
        algorithm="dpo",
        target_modules=ATTENTION,
        gradient_checkpointing=False,
        max_seq_length=1024,
    ),
    Case(
        name="Llama-3.2-1B preferences",
        architecture=LLAMA_1B,
        method="full",
        loss="tiled",
        algorithm="dpo",
        optim="adamw_torch_fused",
        batch_size=2,
    ),
    Case(
        name="Qwen3-0.6B preferences",
        architecture=QWEN3_06B,
        method="full",
        loss="tiled",
        algorithm="dpo",
        gradient_checkpointing=False,
        batch_size=2,
        max_seq_length=1024,
    ),
)
