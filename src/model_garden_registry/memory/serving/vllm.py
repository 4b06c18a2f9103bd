"""What vLLM needs on each GPU, and what share of the GPU it takes."""

from __future__ import annotations

from math import ceil, floor
from typing import NamedTuple

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.task_settings import InferenceSettings
from model_garden_registry.memory.constants import CALIBRATED, Calibration
from model_garden_registry.memory.estimates import MemoryEstimate
from model_garden_registry.memory.network.shape import shape_of
from model_garden_registry.memory.serving.deployment import DEFAULT_RUNTIME, Deployment, deploy
from model_garden_registry.memory.serving.runtime import InferenceRuntime
from model_garden_registry.memory.serving.vllm_cache import BLOCK_TOKENS, pool_token_bytes, sequence_bytes
from model_garden_registry.units import GIB

#: Tokens of a batch at least, where they are as many as a sequence may have. Source: vLLM 0.6, `SchedulerConfig`.
_LEAST_BATCH_TOKENS = 2048
#: vLLM's share of the GPU at most, before CUDA graphs: the rest is the driver's and other processes'.
LARGEST_UTILIZATION = 0.95


class Batch(NamedTuple):
    """
    What vLLM runs at once.

    Args:
        sequences: Sequences.

        tokens: Tokens, prompts and answers together.
    """

    sequences: int
    tokens: int


def vllm_estimate(deployment: Deployment) -> MemoryEstimate:
    """
    Return what must fit into ``gpu_memory_utilization`` x total; CUDA graphs come on top.

    Source:
        docs/memory-model.md#serving
    """
    batch = profiled_batch(deployment)
    cache = sequence_bytes(
        deployment.shape,
        deployment.element,
        tokens=deployment.settings.max_model_len,
        batch_tokens=batch.tokens,
        parallel=deployment.parallel,
    )
    return deployment.estimate(
        f"{deployment.engine.named} profiles {batch.sequences} sequences and {batch.tokens} tokens",
        "CUDA graphs are counted beside the share that the engine is given",
        weights=deployment.weights,
        # Images are encoded before the language model runs, so that only the larger of the two counts.
        activations=max(activation_bytes(deployment, batch), deployment.encoder),
        cache=cache,
        overhead=outside_torch_bytes(deployment),
    )


def kv_pool_tokens(
    entry: ModelInfo,
    settings: InferenceSettings,
    *,
    gpu_total_bytes: int,
    runtime: InferenceRuntime = DEFAULT_RUNTIME,
    constants: Calibration = CALIBRATED,
) -> int:
    """
    Return the tokens of vLLM's cache, as its start-up log counts them; 0 where nothing is left for it.

    Args:
        gpu_total_bytes: Memory of a GPU as the driver reports it.

    Raises:
        MissingShapeError: The entry does not state its shape.
    """
    deployment = deploy(entry, settings, gpu_total_bytes=gpu_total_bytes, runtime=runtime, constants=constants)
    estimate = vllm_estimate(deployment)
    share = utilization(estimate, settings, gpu_total_bytes=gpu_total_bytes, graph_bytes=graph_bytes(entry, settings))
    # The cache gets what weights, profiled activations and memory outside of torch leave of the share.
    pool = share * gpu_total_bytes - (estimate.expected_bytes - estimate.parts["kv_cache"])
    token = pool_token_bytes(deployment.shape, deployment.element, parallel=deployment.parallel)
    return max(0, floor(pool / (token * BLOCK_TOKENS))) * BLOCK_TOKENS if token else 0


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
    if settings.enforce_eager:
        return 0
    shape = shape_of(entry)
    return round((0.5 + 0.012 * shape.layers) * GIB) + (GIB // 2 if shape.has_experts else 0)


def profiled_batch(deployment: Deployment) -> Batch:
    """Return the batch that vLLM profiles: as set, else its own choice; for an unknown GPU that for a large one."""
    settings = deployment.settings
    gpu = deployment.gpu
    choice = deployment.engine.batch_on(gpu, gpu_name=gpu.name, capability=gpu.capability)
    # Before 0.8 a batch was as long as a sequence may be.
    tokens = settings.max_num_batched_tokens or choice.tokens or max(settings.max_model_len, _LEAST_BATCH_TOKENS)
    # The profile run gives each sequence a token at least.
    return Batch(min(settings.max_num_seqs or choice.sequences, tokens), tokens)


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
