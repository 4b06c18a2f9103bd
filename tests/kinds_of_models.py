"""One shipped model of each kind: for a rule that holds of every model, and need not be asked of all of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from model_garden_registry import load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.checks.entry.limits import source_kind
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.memory.network.shape import shape_of, states_shape


@cache
def one_of_each() -> tuple[str, ...]:
    """Return the id of the first shipped model of each kind, in file order."""
    first: dict[object, str] = {}
    for model_id, entry in load_registry(bundled_registry()).items():
        first.setdefault(kind_of(entry), model_id)
    return tuple(first.values())


@cache
def one_of_each_family() -> tuple[str, ...]:
    """Return the id of the first shipped model of each kind of each ``model_type``, in file order."""
    first: dict[object, str] = {}
    for model_id, entry in load_registry(bundled_registry()).items():
        first.setdefault((kind_of(entry), entry.architecture and entry.architecture.model_type), model_id)
    return tuple(first.values())


def some_of(document: Mapping[str, Any], *, each: int = 3) -> dict[str, Any]:
    """
    Return the shipped document with entries of many kinds alone, none of which names another as newer.

    Args:
        each: Of so many kinds there is one.
    """
    kept = [model_id for model_id in one_of_each()[::each] if "superseded_by" not in document["models"][model_id]]
    return {**document, "models": {model_id: document["models"][model_id] for model_id in kept}}


def kind_of(entry: ModelInfo) -> object:
    """
    Return what tells one kind of model from another where memory and hardware are judged.

    That is the kinds of its layers, with experts or dense, with a cache, a latent one, a window, or a state; the number
    format; whether it sees; what it can do; its engine and stack; over how many GPUs; and who states its minimum.
    """
    training = entry.training_defaults
    return (
        frozenset(
            (group.mixer.is_latent, group.mixer.window > 0, group.mixer.state is None, group.feed_forward.experts > 0)
            for group in (shape_of(entry).groups if states_shape(entry) else ())
        ),
        (entry.quantization.method, entry.quantization.type),
        (entry.supports("training"), entry.supports("inference"), entry.is_vision_model),
        (entry.inference_defaults.engine, training.stack if training else None),
        entry.requirements_for("inference").min_gpus > 1,
        (source_kind(entry, "min_vram_gb", "inference"), source_kind(entry, "min_vram_gb", "training")),
    )
