"""What SGLang needs on each GPU: weights, cache, and what its own rule leaves free."""

from __future__ import annotations

from model_garden_registry.families.engines import Reserve, engine_of
from model_garden_registry.memory.estimates import UNMEASURED_BAND, MemoryEstimate
from model_garden_registry.memory.network.kv_cache import cache_bytes
from model_garden_registry.memory.serving.deployment import Deployment
from model_garden_registry.units import GIB, MIB

#: Activations are reserved for so many tokens of a chunk at least.
_LEAST_CHUNK = 2048


def sglang_estimate(deployment: Deployment) -> MemoryEstimate:
    """Return what must fit into a GPU; activations and CUDA graphs are part of what stays free."""
    cache = cache_bytes(
        deployment.shape,
        deployment.element,
        tokens=deployment.settings.max_model_len,
        parallel=deployment.parallel,
    )
    return deployment.estimate(
        f"{deployment.engine.named} leaves free what its own rule reserves for activations and CUDA graphs",
        "compared with no measurement",
        weights=deployment.weights,
        cache=cache,
        overhead=reserve_bytes(deployment),
        error_band=UNMEASURED_BAND,
    )


def reserve_bytes(deployment: Deployment) -> float:
    """
    Return what SGLang leaves free beside weights and cache: activations of a prefill chunk, CUDA graphs, communication.

    Releases before 0.5.3 left a fixed share instead; they are taken for those that came after.

    Source:
        storage/engines.json; SGLang, `handle_gpu_memory_settings`
    """
    settings, parallel, rule = deployment.settings, deployment.parallel, _rule(deployment)
    total = deployment.gpu
    row = deployment.engine.memory_row(total)
    chunk = settings.max_num_batched_tokens or row.chunk
    sequences = settings.max_num_seqs or (row.graphs if parallel < 4 else row.graphs_many)
    mib = rule.base_mib + rule.mib_per_chunk_token * max(chunk, _LEAST_CHUNK) + rule.mib_per_gpu * parallel
    mib += 0 if settings.enforce_eager else rule.mib_per_graph_sequence * sequences
    least_mib, above_gib = rule.least_mib_above_gib
    return MIB * (max(mib, least_mib) if total > above_gib * GIB else mib)


def _rule(deployment: Deployment) -> Reserve:
    rule = deployment.engine.reserve or engine_of(deployment.settings.engine).reserve
    assert rule is not None  # the newest release has one
    return rule
