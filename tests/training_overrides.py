"""What can be asked for of a training run, by setting."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

__all__ = ["some_overrides"]

_COUNTS = st.integers(1, 64)
_BY_SETTING: dict[str, st.SearchStrategy[Any]] = {
    "learning_rate": st.floats(0, 1, allow_nan=False),
    "num_epochs": _COUNTS,
    "batch_size": _COUNTS,
    "gradient_accumulation_steps": _COUNTS,
    "warmup_steps": st.integers(0, 1000),
    "max_seq_length": st.integers(128, 8192),
    "optim": st.sampled_from(["adamw_torch", "adamw_8bit", "adamw_torch_8bit", "paged_adamw_8bit", "adamw_apex_fused"]),
    "lr_scheduler_type": st.sampled_from(["linear", "cosine", "constant", "warmup_stable_decay"]),
    "lora_config.r": _COUNTS,
    "lora_config.lora_alpha": _COUNTS,
    "lora_config.lora_dropout": st.floats(0, 0.99),
    "lora_config.target_modules": st.sampled_from(["all-linear", ["q_proj", "v_proj"], ["gate_proj"]]),
    "lora_config.use_rslora": st.booleans(),
    "method": st.sampled_from(["full", "lora", "qlora"]),
    "gradient_checkpointing": st.booleans(),
    "attn_implementation": st.sampled_from(["sdpa", "flash_attention_2", "flash_attention_3", "eager"]),
    "loss": st.sampled_from(["full", "chunked", "fused", "tiled"]),
    "adapter_dtype": st.sampled_from(["float32", "bfloat16", "float16"]),
    "expert_quantization": st.booleans(),
    "offload": st.sampled_from(["none", "activations", "optimizer", "weights"]),
    "n_gpus": st.sampled_from([1, 2, 4]),
    "sharding": st.sampled_from(["none", "zero1", "zero2", "zero3", "fsdp", "fsdp2", "device_map"]),
    "context_parallel_size": st.sampled_from([1, 1, 2]),
    "algorithm": st.sampled_from(["sft", "dpo", "kto", "orpo", "grpo", "reward"]),
    "dtype": st.sampled_from(["auto", "bfloat16", "float16", "float32"]),
    "master_weights": st.booleans(),
    "base_quantization": st.sampled_from([None, "8bit"]),
    "trains_embeddings": st.booleans(),
    "trains_vision_tower": st.booleans(),
    "packing": st.booleans(),
    "image_pixels": st.sampled_from([None, 512 * 512, 1000]),
    "eval_batch_size": st.one_of(st.none(), _COUNTS),
}


def some_overrides() -> st.SearchStrategy[dict[str, Any]]:
    """Return a few settings at a time: of many, some are always without words."""
    names = st.lists(st.sampled_from(sorted(_BY_SETTING)), max_size=6, unique=True)
    return names.flatmap(lambda some: st.fixed_dictionaries({name: _BY_SETTING[name] for name in some}))
