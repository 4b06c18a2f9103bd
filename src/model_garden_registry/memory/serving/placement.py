"""The weights on each GPU: matrices, experts and layers are each divided in their own way."""

from __future__ import annotations

from math import ceil

from model_garden_registry.entries.settings.task_settings import InferenceSettings
from model_garden_registry.families.kernels import ExpertTiles
from model_garden_registry.memory.network.groups import Group
from model_garden_registry.memory.network.layers import Linear
from model_garden_registry.memory.network.shape import Shape
from model_garden_registry.memory.network.weight_formats import FormatName
from model_garden_registry.memory.network.weights import format_in, weight_bytes
from model_garden_registry.units import GB

#: Matrices split along their input, by the end of their name; all others are split along their output.
_DIVIDED_IN = ("o", "down", "out_proj")


def placed_bytes(
    shape: Shape, name: FormatName, settings: InferenceSettings, tiles: ExpertTiles | None, *, rest_bytes: int
) -> float:
    """
    Return the bytes of the weights on the GPU that has most of them.

    Tensor parallelism divides every matrix. Experts are divided over all data parallel copies too, by width or, with
    expert parallelism, as whole experts; a pipeline divides the layers.

    Args:
        name: The format of the linear layers.

        tiles: The multiple that the expert kernel pads widths to; None: no padding.

        rest_bytes: Bytes of a weight that is not quantised.

    Source:
        vLLM, `FusedMoEParallelConfig`, `determine_expert_map`, `get_pp_indices`, `UVAOffloader`
    """
    kind, parallel = format_in(shape, name), settings.tensor_parallel_size
    bits = kind.bits / 8
    plain = bits if name in ("half", "float32") else rest_bytes
    whole, on_gpu = weight_bytes(shape, name, rest_bytes=rest_bytes) / parallel, 1 / parallel
    if experts := shape.expert_parameters:
        growth = _padded(shape, settings, tiles, scale_share=kind.scale_bits / kind.bits)
        on_gpu = expert_share(shape, settings) * growth
        whole += experts * bits * (on_gpu - 1 / parallel)
    tower, ends = shape.tower_parameters * plain / parallel, shape.end_parameters * plain / parallel
    predicting = _predicting_bytes(shape, settings, bits, on_gpu) if settings.speculative_tokens else 0.0
    # Only layers can be offloaded to main memory.
    layers, waiting = max(0.0, whole - tower - ends), settings.cpu_offload_gb * GB
    if settings.pipeline_parallel_size == 1:
        return whole - min(layers, waiting) + predicting - (tower if settings.language_model_only else 0)
    embedding, head = shape.vocab * shape.hidden * plain / parallel, shape.head_parameters * plain / parallel
    # The first stage has embeddings and tower, the last the head; if tied, each has the matrix.
    first = embedding + (0 if settings.language_model_only else tower)
    parts = stage_layers(shape.layers, settings.pipeline_parallel_size)
    outside = (first, *(0.0 for _ in parts[1:-1]), (head or embedding) + predicting)
    return max(max(0.0, layers * part / shape.layers - waiting) + end for part, end in zip(parts, outside, strict=True))


def expert_share(shape: Shape, settings: InferenceSettings) -> float:
    """Return the share of all experts on a GPU: with whole experts, the first GPUs have one more."""
    gpus = settings.tensor_parallel_size * settings.data_parallel_size
    if not settings.enable_expert_parallel:
        return 1 / gpus
    counts = [group.feed_forward.experts for group in shape.groups if group.feed_forward.experts]
    return max((ceil(experts / gpus) / experts for experts in counts), default=0.0)


def stage_layers(layers: int, stages: int) -> tuple[int, ...]:
    """
    Return the layers of each pipeline stage; the last stage gets none of the remainder.

    Source:
        vLLM, `get_pp_indices`
    """
    each, left = divmod(layers, stages)
    return tuple(each + (stages - 1 - left <= stage < stages - 1) for stage in range(stages))


def adapter_bytes(shape: Shape, settings: InferenceSettings, *, rank: int, element: int, at_ends: bool = True) -> float:
    """
    Return the bytes of the LoRA slots per GPU: every linear layer has them, whatever an adapter targets.

    The factor on the divided side is divided too, the other one is whole on each GPU.

    Args:
        rank: The largest rank that is served.

        element: Bytes of an element.

        at_ends: Whether embeddings and head have slots too.

    Source:
        vLLM, `lora/layers`; SGLang, `LoRAMemoryPool`
    """
    if not settings.served_loras:
        return 0.0
    widths = sum(_adapter_width(linear, shape, settings) for linear in shape.linears)
    ends = (1 if shape.is_tied else 2) * (shape.vocab + shape.hidden) if at_ends else 0
    return settings.served_loras * rank * element * (widths / settings.pipeline_parallel_size + ends)


def _adapter_width(linear: Linear, shape: Shape, settings: InferenceSettings) -> float:
    parallel, count = settings.tensor_parallel_size, float(linear.instances)
    if linear.place == "expert" and settings.enable_expert_parallel:
        return count * expert_share(shape, settings) * (linear.d_in + linear.d_out)
    divided, whole = (linear.d_in, linear.d_out) if linear.name.endswith(_DIVIDED_IN) else (linear.d_out, linear.d_in)
    return count * (divided / parallel + whole)


def _predicting_bytes(shape: Shape, settings: InferenceSettings, linear_bytes: float, on_gpu: float) -> float:
    """Return the bytes of the layers that predict further tokens (MTP); 0 if another model drafts."""
    if settings.draft_model is not None or not shape.predicting_layers:
        return 0.0
    layer = _last_with_cache(shape)
    experts = sum(linear.parameters for linear in layer.linears if linear.place == "expert") / layer.layers
    dense = layer.parameters / layer.layers - experts + 2 * shape.hidden**2
    each = dense * linear_bytes / settings.tensor_parallel_size + experts * linear_bytes * on_gpu
    return shape.predicting_layers * each


def _last_with_cache(shape: Shape) -> Group:
    return next((group for group in reversed(shape.groups) if group.caches), shape.groups[-1])


def _padded(shape: Shape, settings: InferenceSettings, tiles: ExpertTiles | None, *, scale_share: float) -> float:
    """Return the factor by which the kernel's layout makes experts larger."""
    if tiles is None:
        return 1.0
    sizes = {
        (linear.d_in, linear.d_out) if linear.name == "down" else (linear.d_out, linear.d_in)
        for linear in shape.linears
        if linear.place == "expert"
    }
    gpus = 1 if settings.enable_expert_parallel else settings.tensor_parallel_size * settings.data_parallel_size
    return max((tiles.growth(width / gpus, around, scale_share=scale_share) for width, around in sizes), default=1.0)
