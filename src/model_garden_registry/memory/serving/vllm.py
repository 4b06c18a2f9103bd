"""Memory that vLLM needs per GPU, and its share of the GPU."""

from __future__ import annotations

from math import ceil, floor

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.task_settings import InferenceSettings
from model_garden_registry.families.engines import engine_of
from model_garden_registry.memory.estimates import MemoryEstimate
from model_garden_registry.memory.serving.deployment import Deployment, deploy
from model_garden_registry.memory.serving.runtime import LARGEST_UTILIZATION
from model_garden_registry.memory.serving.vllm_batch import Batch, graph_bytes, profiled_batch
from model_garden_registry.memory.serving.vllm_pool import demand_of, vllm_capacity
from model_garden_registry.units import GB


def vllm_estimate(deployment: Deployment) -> MemoryEstimate:
    """
    Return what must fit into ``gpu_memory_utilization`` x total; before 0.20 CUDA graphs come on top.

    Source:
        docs/memory-model.md#serving
    """
    batch = profiled_batch(deployment)
    demand = demand_of(deployment, batch)
    pool, need, spare = demand
    graphs, is_inside = graph_bytes(deployment, batch), deployment.engine.graphs_in_share
    fixed, block = deployment.settings.kv_cache_memory_gb, pool.block_bytes
    estimate = deployment.estimate(
        lambda: _assumptions(deployment, batch),
        weights=deployment.weights,
        # Images are encoded before the language model runs: only the larger of the two counts.
        activations=max(activation_bytes(deployment, batch), deployment.encoder),
        cache=need.tokens * block,
        states=need.states * block,
        # A cache with a fixed size is allocated whole.
        spare=max(spare * block, fixed * GB - need.blocks * deployment.settings.concurrent * block)
        if fixed
        else spare * block,
        overhead=outside_torch_bytes(deployment) + (graphs if is_inside else 0),
    )
    if deployment.known_gpu is None:
        return estimate
    left = fixed * GB if fixed else _left_bytes(deployment, estimate, beside=0 if is_inside else graphs)
    return estimate.with_cache(vllm_capacity(deployment, left, demand))


def _assumptions(deployment: Deployment, batch: Batch) -> tuple[str, ...]:
    """Return the assumptions: what is profiled, and where CUDA graphs are counted."""
    engine, several = deployment.engine, "sequences" if batch.sequences > 1 else "sequence"
    where = "within" if engine.graphs_in_share else "beside"
    return (
        f"{engine.named} profiles {batch.sequences} {several} and {batch.tokens} tokens",
        f"CUDA graphs are counted {where} the share that the engine is given",
    )


def _left_bytes(deployment: Deployment, estimate: MemoryEstimate, *, beside: float) -> float:
    """Return what weights, profiled activations and memory outside of torch leave of the share."""
    share = utilization(estimate, deployment.settings, gpu_total_bytes=deployment.gpu, graph_bytes=beside)
    return share * deployment.gpu - (estimate.expected_bytes - estimate.cache_bytes)


def utilization(
    estimate: MemoryEstimate, settings: InferenceSettings, *, gpu_total_bytes: int, graph_bytes: float = 0
) -> float:
    """
    Return the share of the GPU that vLLM may take: as set, or for 0.0 the least whole hundredths that fit ``safe``.

    An automatic share stays below 95 % less the CUDA graphs; what does not fit into that does not fit the GPU. A
    fixed share is returned unchanged: vLLM takes it whole, whether or not graphs and driver fit beside it.

    Args:
        gpu_total_bytes: Memory of a GPU as the driver reports it.

        graph_bytes: What CUDA graphs take beside the share; see ``graphs_beside_share``.
    """
    if settings.gpu_memory_utilization:
        return settings.gpu_memory_utilization
    # Rounded before `floor`, so that 0.95 - 0.05 is 90 hundredths and not 89.
    largest = floor(round((LARGEST_UTILIZATION - graph_bytes / gpu_total_bytes) * 100, 6))
    return max(0, min(ceil(estimate.safe_bytes / gpu_total_bytes * 100), largest)) / 100


def graphs_beside_share(entry: ModelInfo, settings: InferenceSettings, *, gpu_total_bytes: int | None = None) -> float:
    """
    Return the bytes of CUDA graphs outside the share that ``gpu_memory_utilization`` sets: before 0.20 all of them.

    Raises:
        MissingShapeError: The entry does not state its shape.
    """
    if settings.enforce_eager or engine_of(settings.engine, settings.engine_version).graphs_in_share:
        return 0.0
    deployment = deploy(entry, settings, gpu_total_bytes=gpu_total_bytes)
    return graph_bytes(deployment, profiled_batch(deployment))


def activation_bytes(deployment: Deployment, batch: Batch) -> float:
    """
    Return the peak that profiling finds beside the weights, per GPU.

    The sampler over the whole vocabulary or the widest feed-forward layer, whichever is more; with experts, both.

    Source:
        docs/memory-model.md#serving
    """
    shape, constants, compute_bytes = deployment.shape, deployment.constants, deployment.compute_bytes
    parallel, is_sparing = deployment.parallel, deployment.engine.profiles_sampler_sparingly
    per_word = constants.sampler_bytes if is_sparing else constants.sampler_bytes_before_0_17
    streams = constants.prefill_streams * batch.tokens * shape.hidden * compute_bytes
    # Every GPU samples over the whole vocabulary: logits are gathered, not divided.
    sampler = per_word * batch.sequences * shape.vocab + streams
    # Four more tensors as wide as the network are live with the feed-forward layer's own, whole on every GPU.
    around = 4 * shape.hidden
    matrices, widest, mixture = shape.family.matrices, 0, None
    for group in shape.groups:
        widest = max(widest, group.feed_forward.intermediate)
        mixture = group.feed_forward if group.feed_forward.experts else mixture
    if mixture:
        # Start-up logs show both: the buffers of the expert kernels are still there when the sampler runs.
        expert = matrices * mixture.expert_intermediate / parallel + shape.hidden
        peak = sampler + batch.tokens * compute_bytes * (mixture.active * expert + around)
    else:
        peak = max(sampler, batch.tokens * compute_bytes * (matrices * widest / parallel + around))
    return peak + (constants.vision_profile_bytes if deployment.takes_images else 0)


def outside_torch_bytes(deployment: Deployment) -> float:
    """
    Return vLLM's memory outside of torch per GPU: with several GPUs, also NCCL's buffers.

    With NVLS (reduction in the NVSwitch), NCCL has buffers for that too; for an unknown GPU they are counted.
    """
    constants = deployment.constants
    settings = deployment.settings
    # Data parallel copies of a model without experts do not communicate.
    copies = settings.data_parallel_size if deployment.shape.has_experts else 1
    if settings.tensor_parallel_size * settings.pipeline_parallel_size * copies == 1:
        return constants.non_torch_bytes
    is_switched = deployment.reading.choice.is_switched
    return constants.non_torch_parallel_bytes if is_switched else constants.non_torch_unswitched_bytes
