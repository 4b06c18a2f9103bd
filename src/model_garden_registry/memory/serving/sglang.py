"""What SGLang needs on each GPU: weights, cache, and what its own rule leaves free."""

from __future__ import annotations

from model_garden_registry.memory.estimates import UNMEASURED_BAND, MemoryEstimate
from model_garden_registry.memory.network.kv_cache import cache_bytes
from model_garden_registry.memory.serving.deployment import UNKNOWN_GPU_BYTES, Deployment
from model_garden_registry.units import GIB, MIB

#: GPU memory up to, tokens of a prefill chunk, sequences in CUDA graphs with fewer than four GPUs, with more.
#: Source: SGLang, `ServerArgs._handle_gpu_memory_settings`.
_CHOICES = (
    (20 * GIB, 2048, 8, 8),
    (35 * GIB, 2048, 24, 80),
    (60 * GIB, 4096, 32, 160),
    (160 * GIB, 8192, 256, 512),
)
_BIGGEST = (16384, 512, 512)
#: At least this stays free on a GPU with more than that.
_LEAST_RESERVE, _LARGE_GPU = 10 * GIB, 60 * GIB


def sglang_estimate(deployment: Deployment) -> MemoryEstimate:
    """Return what must fit into a GPU; activations and CUDA graphs are part of what stays free."""
    cache = cache_bytes(
        deployment.shape,
        deployment.element,
        tokens=deployment.settings.max_model_len,
        parallel=deployment.parallel,
    )
    return deployment.estimate(
        "SGLang leaves free what its own rule reserves for activations and CUDA graphs; compared with no measurement",
        weights=deployment.weights,
        cache=cache,
        overhead=reserve_bytes(deployment),
        error_band=UNMEASURED_BAND,
    )


def reserve_bytes(deployment: Deployment) -> float:
    """
    Return what SGLang leaves free beside weights and cache: activations of a prefill chunk, CUDA graphs, communication.

    Source:
        SGLang, `ServerArgs._handle_gpu_memory_settings`: 512 MiB + 1.5 MiB a token of the chunk + 2 MiB a sequence in
        CUDA graphs + 1 GiB for each eight GPUs, and 10 GiB at least on a GPU with more than 60.
    """
    settings, parallel = deployment.settings, deployment.parallel
    chunk, few, many = _BIGGEST
    total = UNKNOWN_GPU_BYTES if deployment.gpu_total_bytes is None else deployment.gpu_total_bytes
    for limit, *choice in _CHOICES:
        if total < limit:
            chunk, few, many = choice
            break
    chunk = settings.max_num_batched_tokens or chunk
    sequences = settings.max_num_seqs or (few if parallel < 4 else many)
    graphs = 0 if settings.enforce_eager else 2 * sequences
    reserve = (512 + 1.5 * max(chunk, 2048) + graphs + parallel / 8 * 1024) * MIB
    return max(reserve, _LEAST_RESERVE) if total > _LARGE_GPU else reserve
