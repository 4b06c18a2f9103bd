"""An entry of the registry from a measured row and the shape that it names."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.row_stacks import Row, number
from model_garden_registry.entries.architecture import (
    Architecture,
    LatentAttention,
    MixtureOfExperts,
    SlidingWindow,
    VisionTower,
)
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.requirements import Quantization

#: How the published weights are stored, by the column `quant`: method and type of an entry.
_PUBLISHED: dict[str, tuple[str | None, str | None]] = {
    **dict.fromkeys(("bf16", "fp16", "fp32", "nf4", ""), (None, None)),
    "nf4-dq": ("4bit", "bitsandbytes"),
    "int8": ("8bit", "bitsandbytes"),
    "fp8": ("fp8", "compressed-tensors"),
    "fp8-block": ("fp8", "fp8"),
    "gptq-int8": ("8bit", "gptq"),
    "gptq-int4": ("gptq", "gptq"),
    "awq-int4": ("awq", "awq"),
    "w4a16-int4": ("w4a16", "compressed-tensors"),
    "w8a8-int8": ("w8a8", "compressed-tensors"),
    "mxfp4": ("mxfp4", "mxfp4"),
    "nvfp4": ("nvfp4", "modelopt"),
}


def row_entry(row: Row, shape: Row) -> ModelInfo:
    """Return an entry with the row's shape and number format; everything else in it plays no part."""
    quant = row.get("quant", "")
    if quant not in _PUBLISHED:
        raise ValueError(f"unknown quantisation {quant!r}")
    method, kind = _PUBLISHED[quant]
    if row["task"] == "training" and quant == "nf4-dq":
        method, kind = None, None
    dtype = "float16" if quant == "fp16" else "bfloat16"
    base = BASE.model_copy(update={"architecture": architecture(shape).model_copy(update={"dtype": dtype})})
    return base.model_copy(update={"quantization": Quantization.model_validate({"method": method, "type": kind})})


def architecture(shape: Row) -> Architecture:
    """Return a row of the table of architectures as part of an entry."""
    hidden, heads = number(shape, "hidden", 0), number(shape, "heads", 0)
    experts, width = number(shape, "experts", 0), number(shape, "mla_kv_width", 0)
    head_dim = number(shape, "head_dim", 0) or hidden // heads
    windowed, tower = number(shape, "sliding_layers", 0), number(shape, "extra_params", 0)
    is_gated = number(shape, "gated_mlp", 1) == 1
    total = number(shape, "params_override", 0) or number(shape, "total_params", 0)
    facts: Mapping[str, object] = {
        "model_type": _model_type(shape["arch"], is_gated=is_gated),
        "parameters": total or None,
        "num_hidden_layers": number(shape, "layers", 0),
        "hidden_size": hidden,
        "intermediate_size": number(shape, "intermediate", 0),
        "num_attention_heads": heads,
        "num_key_value_heads": number(shape, "kv_heads", heads),
        "head_dim": None if width else head_dim,
        "vocab_size": number(shape, "vocab", 0),
        "tie_word_embeddings": number(shape, "tied", 0) == 1,
        "dtype": "bfloat16",
        "sliding_window": SlidingWindow(window=number(shape, "sliding_window", 0), num_layers=windowed)
        if windowed
        else None,
        "moe": MixtureOfExperts(
            num_experts=experts,
            num_experts_per_tok=number(shape, "topk", 1),
            moe_intermediate_size=number(shape, "intermediate", 0),
            shared_expert_intermediate_size=number(shape, "shared_intermediate", 0) or None,
        )
        if experts
        else None,
        # The cached width is rank and rotary part together, and the rotary part is 64 in every published model.
        "mla": LatentAttention(
            kv_lora_rank=width - 64, qk_rope_head_dim=64, qk_nope_head_dim=head_dim, v_head_dim=head_dim
        )
        if width
        else None,
        "vision": VisionTower(parameters=tower or None) if number(shape, "vision", 0) or tower else None,
    }
    return Architecture.model_validate(facts)


#: `model_type` by the first letters of an architecture's name, where it matters.
_MODEL_TYPES = {
    "Apertus": "apertus",
    "falcon": "falcon",
    "gemma-2-": "gemma2",
    "gemma-3-": "gemma3",
    "OLMo-3": "olmo3",
    "phi-1": "falcon",
    "phi-2": "falcon",
    "Qwen3-": "qwen3",
}


def _model_type(name: str, *, is_gated: bool) -> str:
    found = next((kind for start, kind in _MODEL_TYPES.items() if name.startswith(start)), None)
    return found or ("llama" if is_gated else "gpt_neox")


BASE = ModelInfo.model_validate(
    {
        "id": "measured/model",
        "name": "Measured model",
        "category": "text-llm",
        "provider": "measured",
        "base_architecture": "llama",
        "parameters": "1B",
        "description": "",
        "tags": [],
        "status": "stable",
        "requirements": {"min_vram_gb": 0, "recommended_vram_gb": 0, "min_ram_gb": 0},
        "capabilities": {
            "training": True,
            "inference": True,
            "vision": False,
            "structured_outputs": True,
            "streaming": True,
        },
        "training_defaults": {
            "hyperparameters": {
                "learning_rate": 0.0002,
                "num_epochs": 1,
                "batch_size": 1,
                "gradient_accumulation_steps": 1,
                "warmup_steps": 0,
                "max_seq_length": 2048,
                "optim": "adamw_torch",
                "lr_scheduler_type": "linear",
            },
            "lora_config": {"r": 16, "lora_alpha": 16, "lora_dropout": 0, "target_modules": ["q_proj"]},
        },
        "inference_defaults": {"max_model_len": 2048, "dtype": "auto", "gpu_memory_utilization": 0.9},
        "urls": {},
    }
)
