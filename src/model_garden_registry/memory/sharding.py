"""What of each part lies on one GPU, where several train together."""

from __future__ import annotations

from math import ceil
from typing import NamedTuple, assert_never

from model_garden_registry.entries.settings import TrainingSettings
from model_garden_registry.memory.constants import Calibration
from model_garden_registry.memory.shape import Shape
from model_garden_registry.units import GIB

#: NCCL's buffers and the parameters gathered ahead, with weights split over GPUs.
#: Source: docs/memory-model.md#training; compared with no measurement.
_COMMUNICATION_BYTES = GIB


class Share(NamedTuple):
    """
    What of each part lies on one GPU, as shares.

    Args:
        is_derived: Whether the split is counted only, and compared with no measurement.
    """

    weights: float = 1
    adapters: float = 1
    gradients: float = 1
    optimizer: float = 1
    activations: float = 1
    is_derived: bool = False


_WHOLE = Share()


def share_of(shape: Shape, settings: TrainingSettings) -> Share:
    """Give the shares; without sharding every GPU holds everything, so that more of them never help."""
    gpus = settings.n_gpus
    if gpus == 1:
        return _WHOLE
    match settings.sharding:
        case "none":
            return _WHOLE
        case "zero2":
            return Share(gradients=1 / gpus, optimizer=1 / gpus, is_derived=True)
        case "zero3" | "fsdp":
            return Share(1 / gpus, 1 / gpus, 1 / gpus, 1 / gpus, is_derived=True)
        case "device_map":
            fullest = ceil(shape.layers / gpus) / shape.layers
            return Share(fullest, fullest, fullest, fullest, fullest, is_derived=True)
        case _:
            assert_never(settings.sharding)


def gathered_bytes(weights: float, shape: Shape, settings: TrainingSettings) -> float:
    """Give the two layers that are whole for a moment where weights are split."""
    return 2 * weights / shape.layers if _splits_weights(settings) else 0


def communication_bytes(settings: TrainingSettings, constants: Calibration) -> float:
    """Give the buffers of the library that shards: ZeRO-2 keeps its flat ones on a single GPU too."""
    if settings.sharding == "zero2":
        return constants.partition_bytes
    return _COMMUNICATION_BYTES if _splits_weights(settings) else 0


def _splits_weights(settings: TrainingSettings) -> bool:
    return settings.n_gpus > 1 and settings.sharding in ("zero3", "fsdp")
