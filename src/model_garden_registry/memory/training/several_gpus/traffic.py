"""Transient full-size tensors where several GPUs share weights or gradients, and the communication buffers."""

from __future__ import annotations

from typing import NamedTuple, assert_never

from model_garden_registry.entries.settings.task_settings import TrainingSettings
from model_garden_registry.families.stacks import Zero, stack_of
from model_garden_registry.memory.network.shape import Shape
from model_garden_registry.memory.network.weights import largest_linear
from model_garden_registry.memory.training.several_gpus.sharding import Placed, divides_packed
from model_garden_registry.memory.training.step import Step

#: Bytes of a weight or a gradient in transit: half precision.
_HALF = 2
#: Layers that are whole at once: the running one and the next.
_WHOLE_LAYERS = 2


class Traffic(NamedTuple):
    """
    Bytes on one GPU beyond its share.

    Args:
        gathered: Weights gathered while layers run.

        reduced: Gradients that are whole, or wait in buckets, during the backward pass.

        unreduced: Weights whose gradients are among those, and are sharded last.

        standing: Buckets that stay during the whole run.

        keeps_gradients: Whether a buffer for all gradients of the GPU stays during the whole run.

        has_pools: Whether weights are gathered and gradients reduced on streams of their own: torch's allocator has a
            pool for each stream, which stays reserved.

        loaded: Weights while they are loaded and sharded, if more than what stays.
    """

    gathered: float = 0
    reduced: float = 0
    unreduced: int = 0
    standing: float = 0
    keeps_gradients: bool = False
    has_pools: bool = False
    loaded: float = 0


def traffic_of(shape: Shape, step: Step, settings: TrainingSettings, *, weights: Placed, gradients: float) -> Traffic:
    """
    Return the bytes on one GPU beyond its share.

    Args:
        weights: Bytes of all weights, as they are stored.

        gradients: Bytes of the gradients of everything that is trained.

    Source:
        docs/memory-model.md#several-gpus
    """
    match settings.sharding:
        case "none" if settings.n_gpus > 1:
            # DistributedDataParallel: its buckets are a copy of the gradients.
            return Traffic(standing=gradients)
        case "none" | "device_map":
            return Traffic()
        case "zero1" | "zero2" | "zero3":
            zero = stack_of(settings.stack, settings.stack_version).zero(settings.sharding)
            if settings.sharding != "zero3":
                return Traffic(reduced=_buckets(shape, settings, zero))
            return _stage3(shape, step, zero, weights=weights, trained=gradients)
        case "fsdp" | "fsdp2":
            return _fsdp(shape, step, settings, weights)
        case _:
            assert_never(settings.sharding)


def _buckets(shape: Shape, settings: TrainingSettings, zero: Zero) -> float:
    """Return the buckets of ZeRO's first two stages, one more if communication overlaps."""
    buckets = _HALF * _bucket(shape, zero) * (2 if zero.overlaps else 1)
    # Offloaded tensors pass through a buffer as large as the largest tensor.
    return buckets + (_HALF * _largest_tensor(shape) if settings.offload == "optimizer" else 0)


def _bucket(shape: Shape, zero: Zero) -> int:
    return shape.hidden**2 if zero.reduce_bucket is None else zero.reduce_bucket


def _stage3(shape: Shape, step: Step, zero: Zero, *, weights: Placed, trained: float) -> Traffic:
    """
    Return what stage 3 has gathered: weights up to its limit, the running module, and its gradient if trained.

    Source:
        DeepSpeed, `partitioned_param_coordinator.py`: weights used soon are prefetched up to `max_live_parameters`, and
        the running module is always whole;
        `stage3.py`: one bucket and one buffer for gradients, a gradient larger than the bucket is reduced by itself;
        `coalesced_collectives.py`: gradients of a bucket are copied together for that.
    """
    end, inner = _HALF * shape.vocab * shape.hidden, _HALF * _largest_inner_module(shape)
    module, bucket = max(end, inner), _HALF * _bucket(shape, zero)
    copied = min(bucket, trained)
    gradient = module if step.adapted is None else 0
    return Traffic(
        gathered=max(end, min(_HALF * zero.live + inner, weights.total)),
        # With overlap, the next gradient is there while a bucket is reduced.
        reduced=copied + gradient if zero.overlaps else max(copied, gradient),
        standing=bucket,
        keeps_gradients=True,
        has_pools=zero.overlaps,
        # Quantised weights are loaded before they are sharded.
        loaded=weights.total if step.is_quantized else 0,
    )


def _fsdp(shape: Shape, step: Step, settings: TrainingSettings, weights: Placed) -> Traffic:
    """
    Return what FSDP has gathered: two layers and the ends; quantised layers in their stored format.

    Source:
        accelerate, `fsdp2_prepare_model`: units; while it shards quantised weights, it has all of them whole.
    """
    stack = stack_of(settings.stack, settings.stack_version)
    is_divided = divides_packed(settings) or not step.is_quantized
    # Unquantised layers are gathered in half precision, whatever their type.
    width = 1 if step.is_quantized else _HALF * shape.parameters / weights.total
    layer = weights.fullest_layer * width
    splits_ends = settings.sharding == "fsdp2" and stack.fsdp2.fsdp2_splits_ends
    ends = _HALF * (shape.vocab * shape.hidden if splits_ends else shape.end_parameters)
    # If the ends are one unit, their gradient is there from the head's backward pass to the embeddings'.
    last = 0 if splits_ends or step.adapted is not None else shape.end_parameters
    reduced = layer + _HALF * last if step.adapted is None else 0.0
    loaded = 0.0
    if step.is_quantized:
        loaded = weights.total
        if settings.sharding == "fsdp2" and is_divided:
            loaded += weights.total / settings.n_gpus
    gathered = ends + (_WHOLE_LAYERS * layer if is_divided else 0)
    return Traffic(gathered, reduced, last, has_pools=True, loaded=loaded)


def _largest_tensor(shape: Shape) -> int:
    return max(shape.vocab * shape.hidden, largest_linear(shape))


def _largest_inner_module(shape: Shape) -> int:
    """Count the weights of the largest module inside a layer that is gathered at once: fused experts are one module."""
    experts = 0
    if shape.family.fused_experts:
        experts = max(
            sum(linear.parameters for linear in group.linears if linear.place == "expert") // group.layers
            for group in shape.groups
        )
    return max(largest_linear(shape), experts)


def stepped_share(shape: Shape, settings: TrainingSettings, trained: float) -> float:
    """
    Return the share of what is trained on a GPU that the optimizer updates at once.

    Args:
        trained: Trained weights over all GPUs.
    """
    if settings.sharding != "zero3" or not trained:
        return 1.0
    zero = stack_of(settings.stack, settings.stack_version).zero("zero3")
    largest = max(zero.sub_group, _largest_tensor(shape) / settings.n_gpus)
    return min(1.0, largest * settings.n_gpus / trained)
