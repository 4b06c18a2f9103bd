"""The share of each part on one GPU, where several train together. Source: docs/memory-model.md#several-gpus."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import NamedTuple, assert_never

from model_garden_registry.entries.settings.task_settings import TrainingSettings
from model_garden_registry.families.stacks import stack_of
from model_garden_registry.memory.network.shape import Shape
from model_garden_registry.memory.training.step import Step


class Placed(NamedTuple):
    """
    Bytes of the whole network, by place.

    Args:
        first: In front of the layers: embeddings and vision tower.

        layers: In all layers.

        last: Behind them: a separate head.

        fullest_layer: In the layer that has the most.
    """

    first: float
    layers: float
    last: float
    fullest_layer: float

    @property
    def total(self) -> float:
        """Sum over all places."""
        return self.first + self.layers + self.last


class GpuShare(NamedTuple):
    """
    The part on one GPU: shares of some parts, and consecutive layers of the network.

    Args:
        layers: Number of layers on it.

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


def gpu_shares(
    shape: Shape, step: Step, settings: TrainingSettings, *, weights: Placed, trained: Placed
) -> tuple[GpuShare, ...]:
    """
    Return the GPUs that can be the fullest; without sharding each has everything, so more GPUs never help.

    Args:
        weights: Bytes of the weights.

        trained: Bytes of what is trained.
    """
    part, layers = 1 / settings.n_gpus, shape.layers
    match settings.sharding:
        case "none":
            return (GpuShare(layers),)
        case "zero1":
            share = GpuShare(layers, optimizer=part)
        case "zero2":
            share = GpuShare(layers, gradients=part, optimizer=part)
        case "zero3" | "fsdp" | "fsdp2":
            kept = weights.layers if step.is_quantized and not divides_packed(settings) else 0
            divided = kept / weights.total + part * (1 - kept / weights.total)
            whole = _persistent_share(shape, step, settings)
            share = GpuShare(layers, divided, whole + part * (1 - whole), part, part)
        case "device_map":
            return _ends(shape, ceil(layers * part), weights, trained) if settings.n_gpus > 1 else (GpuShare(layers),)
        case _:
            assert_never(settings.sharding)
    return (_offloaded(share, settings),)


def _persistent_share(shape: Shape, step: Step, settings: TrainingSettings) -> float:
    """
    Return the share of the adapters that every GPU has whole: ZeRO-3 leaves small tensors unsharded.

    Source:
        DeepSpeed, `parameter_offload.py` mark_persistent_parameters
    """
    if settings.sharding != "zero3" or step.adapted is None:
        return 0.0
    zero, rank = stack_of(settings.stack, settings.stack_version).zero("zero3"), settings.lora_config.r
    limit = 10 * shape.hidden if zero.persistent is None else zero.persistent
    small = sum(
        rank * width * linear.instances
        for linear in step.adapted.linears
        for width in (linear.d_in, linear.d_out)
        if rank * width <= limit
    )
    return small / max(1, step.adapted.parameters(shape, rank))


def _offloaded(share: GpuShare, settings: TrainingSettings) -> GpuShare:
    """
    Return what stays on the GPU with offloading to main memory.

    Source:
        DeepSpeed, `stage_1_and_2.py` and `stage3.py`: the master copy and the gradients move with the optimizer state;
        torch, `CPUOffloadPolicy`: weights, gradients and the optimizer's state.
    """
    match settings.offload:
        case "optimizer":
            return share._replace(gradients=0, optimizer=0)
        case "weights":
            return share._replace(weights=0, adapters=0, gradients=0, optimizer=0)
        case _:
            return share


def divides_packed(settings: TrainingSettings) -> bool:
    """
    Return whether quantised weights are sharded like others.

    Source:
        accelerate, `fsdp2_prepare_model`: from 1.14 on, packed weights that are stored as bytes are left out.
    """
    stack = stack_of(settings.stack, settings.stack_version)
    return settings.sharding != "fsdp2" or stack.stores_packed_as_floats or stack.fsdp2.fsdp2_divides_packed


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
    # If layers differ in size, this many of the fullest kind may be more than all layers together.
    here = min(placed.layers, layers * placed.fullest_layer)
    here += (placed.first if first else 0) + (placed.last if last else 0)
    return here / placed.total if placed.total else 1


def fullest_layer(shape: Shape, sizes: Sequence[float]) -> float:
    """
    Return the bytes of the fullest layer: groups of layers differ in size.

    Args:
        sizes: Bytes of each group.
    """
    return max(size / group.layers for size, group in zip(sizes, shape.groups, strict=True))
