"""What vLLM needs on each GPU, and what share of the GPU it takes."""

from __future__ import annotations

from dataclasses import replace
from math import ceil, floor

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.task_settings import InferenceSettings
from model_garden_registry.memory.estimates import MemoryEstimate
from model_garden_registry.memory.network.shape import Shape, shape_of
from model_garden_registry.memory.serving.deployment import Deployment
from model_garden_registry.memory.serving.vllm_batch import Batch, profiled_batch
from model_garden_registry.memory.serving.vllm_pool import demand_of, vllm_capacity
from model_garden_registry.units import GIB

#: vLLM's share of the GPU at most, before CUDA graphs: the rest is the driver's and other processes'.
LARGEST_UTILIZATION = 0.95


def vllm_estimate(deployment: Deployment) -> MemoryEstimate:
    """
    Return what must fit into ``gpu_memory_utilization`` x total; CUDA graphs come on top.

    Source:
        docs/memory-model.md#serving
    """
    batch = profiled_batch(deployment)
    pool, need, spare = demand_of(deployment, batch)
    estimate = deployment.estimate(
        f"{deployment.engine.named} profiles {batch.sequences} sequences and {batch.tokens} tokens",
        "CUDA graphs are counted beside the share that the engine is given",
        weights=deployment.weights,
        # Images are encoded before the language model runs, so that only the larger of the two counts.
        activations=max(activation_bytes(deployment, batch), deployment.encoder),
        cache=need.tokens * pool.block_bytes,
        states=need.states * pool.block_bytes,
        spare=spare * pool.block_bytes,
        overhead=outside_torch_bytes(deployment),
    )
    if deployment.known_gpu is None:
        return estimate
    return replace(estimate, cache=vllm_capacity(deployment, _pool_bytes(deployment, estimate)))


def _pool_bytes(deployment: Deployment, estimate: MemoryEstimate) -> float:
    """Return what weights, profiled activations and memory outside of torch leave of the share."""
    share = utilization(
        estimate,
        deployment.settings,
        gpu_total_bytes=deployment.gpu,
        graph_bytes=_graph_bytes(deployment.shape, deployment.settings),
    )
    return share * deployment.gpu - (estimate.expected_bytes - estimate.cache_bytes)


def utilization(
    estimate: MemoryEstimate, settings: InferenceSettings, *, gpu_total_bytes: int, graph_bytes: int = 0
) -> float:
    """
    Return the share of the GPU that vLLM may take: as set, or for 0.0 the least, in hundredths, that fits ``safe``.

    An automatic share stays below 95 % less the CUDA graphs; what does not fit into that does not fit the GPU. One that
    is set is returned as it is, because vLLM takes it whole, whether or not graphs and driver fit beside it.

    Args:
        gpu_total_bytes: Memory of a GPU as the driver reports it.

        graph_bytes: What CUDA graphs take beside the share; see ``graph_bytes``.
    """
    if settings.gpu_memory_utilization:
        return settings.gpu_memory_utilization
    # Rounded before `floor`, so that 0.95 - 0.05 is 90 hundredths and not 89.
    largest = floor(round((LARGEST_UTILIZATION - graph_bytes / gpu_total_bytes) * 100, 6))
    return max(0, min(ceil(estimate.safe_bytes / gpu_total_bytes * 100), largest)) / 100


def graph_bytes(entry: ModelInfo, settings: InferenceSettings) -> int:
    """
    Return what CUDA graphs take on each GPU, outside of the budget that ``gpu_memory_utilization`` sets.

    Raises:
        MissingShapeError: The entry does not state its shape.

    Source:
        Start-up logs of vLLM 0.19: 0.64 to 1.5 GiB, growing with the number of layers and with experts.
    """
    return _graph_bytes(shape_of(entry), settings)


def _graph_bytes(shape: Shape, settings: InferenceSettings) -> int:
    if settings.enforce_eager:
        return 0
    return round((0.5 + 0.012 * shape.layers) * GIB) + (GIB // 2 if shape.has_experts else 0)


def activation_bytes(deployment: Deployment, batch: Batch) -> float:
    """
    Return what profiling finds beside the weights, on each GPU.

    The sampler over the whole vocabulary, or the widest feed-forward layer, whichever is more; with experts, both.

    Source:
        docs/memory-model.md#serving
    """
    shape, constants, compute_bytes = deployment.shape, deployment.constants, deployment.compute_bytes
    parallel, is_sparing = deployment.parallel, deployment.engine.profiles_sampler_sparingly
    per_word = constants.sampler_bytes if is_sparing else constants.sampler_bytes_before_0_17
    streams = constants.prefill_streams * batch.tokens * shape.hidden * compute_bytes
    # Every GPU samples over the whole vocabulary: logits are gathered, not divided.
    sampler = per_word * batch.sequences * shape.vocab + streams
    # Beside the feed-forward layer's own tensors there are four as wide as the network, whole on every GPU.
    around = 4 * shape.hidden
    layers = [group.feed_forward for group in shape.groups]
    inside = shape.family.matrices * max(layer.intermediate for layer in layers) / parallel
    peak = max(sampler, batch.tokens * compute_bytes * (inside + around))
    for layer in layers:
        if layer.experts:
            # Start-up logs show both: what the expert kernels need is still there when the sampler runs.
            expert = shape.family.matrices * layer.expert_intermediate / parallel + shape.hidden
            peak = sampler + batch.tokens * compute_bytes * (layer.active * expert + around)
    return peak + (constants.vision_profile_bytes if shape.has_vision else 0)


def outside_torch_bytes(deployment: Deployment) -> float:
    """Return what vLLM has outside of torch, on each GPU: with several of them, also NCCL's buffers."""
    constants = deployment.constants
    return constants.non_torch_bytes if deployment.parallel == 1 else constants.non_torch_parallel_bytes
