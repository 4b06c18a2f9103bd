"""The models that stand for any model where none is named: what they are refused, every model is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Literal, get_args

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.requirements import QuantizationMethod, QuantizationType
from model_garden_registry.families.family import EXAMPLE, Family, family_of, known_model_types
from model_garden_registry.families.tables import table

Kind = Literal["dense", "experts", "images"]

_KINDS: tuple[Kind, ...] = ("dense", "experts", "images")
_SHAPE: Mapping[str, int] = {
    "num_hidden_layers": 32,
    "hidden_size": 4096,
    "intermediate_size": 12288,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "vocab_size": 131072,
    "max_position_embeddings": 32768,
}
_PARTS: Mapping[Kind, Mapping[str, Any]] = {
    "dense": {},
    "experts": {"moe": {"num_experts": 64, "num_experts_per_tok": 8, "moe_intermediate_size": 1024}},
    "images": {
        "vision": {
            "num_hidden_layers": 32,
            "hidden_size": 1280,
            "intermediate_size": 3420,
            "num_attention_heads": 16,
            "patch_size": 14,
            "spatial_merge_size": 2,
            "max_pixels": 1003520,
        }
    },
}


def plain_models() -> tuple[ModelInfo, ...]:
    """Return a common model of each kind, dense first, with weights that are not quantised."""
    return tuple(plain_model(kind) for kind in _KINDS)


def models_of_formats() -> Iterator[ModelInfo]:
    """Yield a dense model for each number format that an engine's table knows and an entry can state; plain first."""
    yield plain_model("dense")
    engines = table("engines")["engines"].values()
    known = (name for engine in engines for range_ in engine["ranges"] for name in range_.get("formats", ()))
    for name in dict.fromkeys(known):
        method, _, type_ = name.partition("/")
        if method in get_args(QuantizationMethod) and type_ in get_args(QuantizationType):
            yield plain_model("dense", method, type_)


@cache
def plain_model(kind: Kind, method: str | None = None, type_: str | None = None) -> ModelInfo:
    """
    Return a model without peculiarities.

    Args:
        kind: Whether it has experts, or takes images.

        method: Number format of its weights; None: not quantised.

        type_: Library format of the weights.
    """
    family, takes_images = _family(kind), kind == "images"
    hyperparameters = {
        "learning_rate": 0.0002,
        "num_epochs": 1,
        "batch_size": 1,
        "gradient_accumulation_steps": 16,
        "warmup_steps": 10,
        "max_seq_length": 2048,
        "optim": "adamw_8bit",
        "lr_scheduler_type": "linear",
    }
    lora = {"r": 16, "lora_alpha": 16, "lora_dropout": 0.0, "target_modules": ["q_proj", "k_proj", "v_proj", "o_proj"]}
    return ModelInfo.model_validate(
        {
            "id": "any model",
            "name": "Any model",
            "category": "vision-vlm" if takes_images else "text-llm",
            "provider": "any",
            "base_architecture": family.word,
            "parameters": "8B",
            "description": "A model without peculiarities.",
            "tags": [],
            "status": "stable",
            "quantization": {"method": method, "type": type_},
            "architecture": {"model_type": family.model_type, **_SHAPE, **_PARTS[kind]},
            "requirements": {"min_vram_gb": 8, "recommended_vram_gb": 8, "min_ram_gb": 8},
            "capabilities": {
                "training": True,
                "inference": True,
                "vision": takes_images,
                "structured_outputs": True,
                "streaming": True,
            },
            "training_defaults": {"hyperparameters": hyperparameters, "lora_config": lora},
            "inference_defaults": {"max_model_len": 8192, "dtype": "auto", "gpu_memory_utilization": 0.0},
            "urls": {},
        }
    )


def _family(kind: Kind) -> Family:
    """Return the first family of a kind whose layers have the common names."""
    example = family_of(EXAMPLE)
    if kind == "dense":
        return example
    return next(
        family
        for family in map(family_of, sorted(known_model_types()))
        if (family.attention, family.feed_forward, family.norms) == (example.attention, example.feed_forward, 2)
        and not family.mixers
        and (family.peft_converts and not family.tower if kind == "experts" else family.hooked_tower)
    )
