"""Classes of networks and runs, each with its own error band and safety margin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from model_garden_registry.entries.settings.task_settings import InferenceSettings, Settings, TrainingSettings
from model_garden_registry.memory.network.shape import Shape

MemoryClass = Literal["dense", "mixture_of_experts", "hybrid", "vision", "sharded", "serving"]


class Spread(NamedTuple):
    """
    How far estimates of a class are from measurements, as shares.

    Args:
        margin: What ``safe`` adds to ``expected``.

        band: Nine of ten measurements lie within it, also with constants fitted without their source.
    """

    margin: float
    band: float


#: Source: docs/memory-model.md#accuracy.
SPREADS: Mapping[MemoryClass, Spread] = {
    "dense": Spread(0.10, 0.09),
    "mixture_of_experts": Spread(0.15, 0.13),
    "hybrid": Spread(0.18, 0.30),
    "vision": Spread(0.15, 0.18),
    "sharded": Spread(0.20, 0.25),
    "serving": Spread(0.05, 0.04),
}


def is_unmeasured(settings: TrainingSettings) -> bool:
    """Return whether a run is counted from library source code only, with no measured run to compare with."""
    return settings.offload in ("optimizer", "weights") or settings.context_parallel_size > 1


def class_of(shape: Shape, settings: Settings) -> MemoryClass:
    """Return the class: serving is one class; for training, the part that is hardest to count decides."""
    if isinstance(settings, InferenceSettings):
        return "serving"
    if (settings.n_gpus > 1 and settings.sharding != "none") or is_unmeasured(settings):
        return "sharded"
    if shape.has_states:
        return "hybrid"
    if shape.has_experts:
        return "mixture_of_experts"
    return "vision" if shape.has_vision else "dense"
