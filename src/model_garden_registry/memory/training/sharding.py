"""What of each part is on one GPU, where several train together."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import NamedTuple, assert_never

from model_garden_registry.entries.settings.task_settings import TrainingSettings
from model_garden_registry.memory.constants import Calibration
from model_garden_registry.memory.network.shape import Shape
from model_garden_registry.units import GIB

#: NCCL's buffers and the parameters that are gathered ahead, where weights are split over GPUs.
#: Source: docs/memory-model.md#training; compared with no measurement.
_COMMUNICATION_BYTES = GIB


class Placed(NamedTuple):
    """
    Something that the whole network has, by where it stands.

    Args:
        first: In front of the layers: embeddings, and the vision tower.

        layers: In all layers.

        last: Behind them: a head of its own.

        fullest_layer: In the layer that has the most of it.
    """

    first: float
    layers: float
    last: float
    fullest_layer: float

    @property
    def total(self) -> float:
        """Everywhere together."""
        return self.first + self.layers + self.last


class GpuShare(NamedTuple):
    """
    What is on one GPU: of some parts a share, of the network consecutive layers.

    Args:
        layers: How many layers run on it.

        has_embeddings: Whether the network begins on it.

        has_head: Whether the network ends on it.
    """

    layers: int
    weights: float = 1
    adapters: float = 1
    gradients: float = 1
    optimizer: float = 1
    has_embeddings: bool = True
    has_head: bool = True


def gpu_shares(shape: Shape, settings: TrainingSettings, *, weights: Placed, trained: Placed) -> tuple[GpuShare, ...]:
    """
    Return the GPUs that can be the fullest; without sharding each has everything, so that more of them never help.

    Args:
        weights: Bytes of the weights.

        trained: Bytes of what is trained.
    """
    gpus, layers = settings.n_gpus, shape.layers
    if gpus == 1:
        return (GpuShare(layers),)
    match settings.sharding:
        case "none":
            return (GpuShare(layers),)
        case "zero1":
            return (GpuShare(layers, optimizer=1 / gpus),)
        case "zero2":
            return (GpuShare(layers, gradients=1 / gpus, optimizer=1 / gpus),)
        case "zero3" | "fsdp" | "fsdp2":
            return (GpuShare(layers, 1 / gpus, 1 / gpus, 1 / gpus, 1 / gpus),)
        case "device_map":
            return _ends(shape, ceil(layers / gpus), weights, trained)
        case _:
            assert_never(settings.sharding)


def _ends(shape: Shape, layers: int, weights: Placed, trained: Placed) -> tuple[GpuShare, ...]:
    """Return the GPUs at the ends of the network; all others have less. A tied head is with the embeddings."""
    return tuple(
        GpuShare(
            layers,
            _share_of(weights, layers, first=first, last=last),
            *(_share_of(trained, layers, first=first, last=last),) * 3,
            has_embeddings=first,
            has_head=last,
        )
        for first, last in ([(True, True)] if shape.is_tied else [(True, False), (False, True)])
    )


def _share_of(placed: Placed, layers: int, *, first: bool, last: bool) -> float:
    # Where layers differ in size, so many of the fullest kind may be more than all layers together.
    here = min(placed.layers, layers * placed.fullest_layer)
    here += (placed.first if first else 0) + (placed.last if last else 0)
    return here / placed.total if placed.total else 1


def fullest_layer(shape: Shape, sizes: Sequence[float]) -> float:
    """
    Give what the fullest layer has: groups of layers differ in size.

    Args:
        sizes: What each group has.
    """
    return max(size / group.layers for size, group in zip(sizes, shape.groups, strict=True))


def gathered_bytes(weights: float, shape: Shape, settings: TrainingSettings) -> float:
    """Return the bytes of two whole layers where weights are split: the one that runs, and the next one."""
    return 2 * weights / shape.layers if _splits_weights(settings) else 0


def communication_bytes(settings: TrainingSettings, constants: Calibration) -> float:
    """Give the buffers of the library that shards: ZeRO-2 keeps its flat ones on a single GPU too."""
    if settings.sharding in ("zero1", "zero2"):
        return constants.partition_bytes
    return _COMMUNICATION_BYTES if _splits_weights(settings) else 0


def _splits_weights(settings: TrainingSettings) -> bool:
    return settings.n_gpus > 1 and settings.sharding in ("zero3", "fsdp", "fsdp2")
