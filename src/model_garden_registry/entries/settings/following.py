"""Settings that follow others: a stack's choice for one changes with another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.reached_parts import trains_tower
from model_garden_registry.entries.settings.task_settings import (
    InferenceSettings,
    Origin,
    OriginKind,
    Settings,
    Sharding,
    sharder_of,
)
from model_garden_registry.families.stacks import Stack, stack_of

#: Ratio of an adapter's learning rate to that of full fine-tuning.
_ADAPTER_RATE = 10
#: Settings that the values below depend on.
_LEADING = {"method", "sharding", "dtype"}


def has_master_weights(stack: Stack, *, sharding: Sharding, method: str, dtype: str) -> bool:
    """
    Return the default of ``master_weights``: whether trained weights have a float32 master copy.

    Adapters have a type of their own, unless a sharding library casts everything to half precision.

    Source:
        storage/stacks.json: `master_weights`, and `fsdp2_float32` of accelerate.
    """
    sharder = sharder_of(sharding)
    # If the stack says nothing, the sharding library does what it does for any stack.
    is_full, kept = method == "full", stack.master_weights[sharder] != "model"
    if sharder == "fsdp2":
        casts = stack.fsdp2.fsdp2_float32 != "nothing" and method != "qlora"
        return kept and (casts or (is_full and _loads_float32(stack, dtype)))
    if sharder == "plain":
        # Loaded in float32, or cast to it; another explicit type is kept if the stack only loads.
        return is_full and (_loads_float32(stack, dtype) or (kept and stack.load_dtype != "float32"))
    return kept


def _loads_float32(stack: Stack, dtype: str) -> bool:
    return dtype == "float32" or (dtype == "auto" and stack.load_dtype == "float32")


def learning_rate_of(entry: ModelInfo, method: str) -> tuple[float, Origin]:
    """
    Return the default learning rate of a method: the adapter's, or that of full fine-tuning.

    Source:
        "LoRA Without Regret": the best rate of adapters is ten times that of full fine-tuning, whatever the model.
    """
    stated = entry.training_defaults
    assert stated is not None, entry.id
    rate = stated.hyperparameters.learning_rate
    if method != "full":
        return rate, Origin(OriginKind.ENTRY, "/training_defaults/hyperparameters/learning_rate")
    if stated.full is not None:
        return stated.full.learning_rate, Origin(OriginKind.ENTRY, "/training_defaults/full/learning_rate")
    return _significant(rate / _ADAPTER_RATE), Origin(OriginKind.METHOD, "full: a tenth of the adapter's")


def _significant(number: float) -> float:
    """Round away the digits that a division adds to those stated."""
    return float(f"{number:.12g}")


def with_followers(entry: ModelInfo, settings: Settings, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return changes together with the stack's choices for them, where nothing was chosen."""
    if isinstance(settings, InferenceSettings) or not _LEADING & {*changes}:
        return dict(changes)
    stack = stack_of(settings.stack, settings.stack_version)
    leading = {name: changes.get(name, getattr(settings, name)) for name in _LEADING}
    follows = {
        "adapter_dtype": stack.adapter_dtype_of("qlora" if settings.base_quantization else leading["method"]),
        "master_weights": has_master_weights(stack, **leading),
        "trains_vision_tower": trains_tower(
            entry, stack, method=leading["method"], targets=settings.lora_config.target_modules
        ),
    }
    chosen: dict[str, Any] = {
        name: value
        for name, value in follows.items()
        if name in settings.origins and settings.origins[name].kind is OriginKind.STACK
    }
    if "method" in changes and settings.origins["learning_rate"].kind in (OriginKind.ENTRY, OriginKind.METHOD):
        chosen["learning_rate"], _ = learning_rate_of(entry, leading["method"])
    return {**chosen, **changes}
