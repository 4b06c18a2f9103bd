"""SGLang's share of a GPU for weights and pools, and its reserve."""

from __future__ import annotations

from model_garden_registry.families.divisions import Reserve
from model_garden_registry.memory.constants import CONTEXT_BYTES
from model_garden_registry.memory.serving.deployment import Deployment
from model_garden_registry.units import GIB, MIB

#: The least chunk size that activations are reserved for.
_LEAST_CHUNK = 2048
#: From this many GPUs on, it captures CUDA graphs for larger batches.
_MANY_GPUS = 4
#: Memory taken before loading begins, beyond the context: leftovers of loading, a share that the driver reserves, and
#: with several GPUs the communication buffers. Source: start-up logs, docs/memory-model.md#serving.
_LEFT_BEHIND_BYTES = 0.1 * GIB
_DRIVER_SHARE = 0.0085
_COMMUNICATION_SHARE = 0.007
#: Digits that the share is rounded to.
_DIGITS = 3


def static_share(deployment: Deployment) -> float:
    """
    Return the share of the memory free before loading that weights and pools may take.

    Source:
        storage/engines.json; SGLang, `handle_gpu_memory_settings`, `adjust_mem_fraction_for_vlm`
    """
    if deployment.settings.mem_fraction_static is not None:
        return deployment.settings.mem_fraction_static
    share = max(0.0, round(1 - reserve_bytes(deployment) / deployment.gpu, _DIGITS))
    factor = deployment.engine.vision_share
    if factor is None or not deployment.takes_images:
        return share
    tower = deployment.tower
    return share * factor.of(*((tower.num_hidden_layers, tower.hidden_size) if tower else (None, None)))


def lost_bytes(deployment: Deployment) -> float:
    """Return the memory of a GPU that is taken before weights are loaded."""
    several = deployment.parallel * deployment.settings.pipeline_parallel_size > 1
    share = _DRIVER_SHARE + (_COMMUNICATION_SHARE if several else 0)
    return CONTEXT_BYTES + _LEFT_BEHIND_BYTES + share * deployment.gpu


def left_free_bytes(deployment: Deployment) -> float:
    """
    Return the memory left beside weights and pools: activations, CUDA graphs and what was taken before loading.

    Source:
        SGLang, `KVCacheConfigurator._profile_available_bytes`: memory free after loading, less the rest of the share
        of the memory free before.
    """
    share = static_share(deployment)
    images = MIB * deployment.engine.multimodal_mib if deployment.takes_images else 0
    return (1 - share) * deployment.gpu + share * lost_bytes(deployment) + images


def reserve_bytes(deployment: Deployment) -> float:
    """
    Return the default reserve: activations of a prefill chunk, CUDA graphs, communication.

    Source:
        storage/engines.json; SGLang, `handle_gpu_memory_settings`, `reserve_for_graph_mb`
    """
    engine, gpu = deployment.engine, deployment.gpu
    row, gpus = engine.memory_row(gpu), deployment.parallel * deployment.settings.pipeline_parallel_size
    if engine.reserve is not None:
        return MIB * _reserve_mib(deployment, engine.reserve, gpus)
    if row.reserve_mib is not None:
        return MIB * (row.reserve_mib + row.reserve_mib_per_gpu * gpus)
    return gpu * (1 - next(share for least, share in engine.static_shares if gpus >= least))


def _reserve_mib(deployment: Deployment, rule: Reserve, gpus: int) -> float:
    chunk = deployment.settings.max_num_batched_tokens or deployment.engine.memory_row(deployment.gpu).chunk
    mib = rule.base_mib + rule.mib_per_chunk_token * max(chunk, _LEAST_CHUNK) + rule.mib_per_gpu * gpus
    if not deployment.settings.enforce_eager:
        mib += _graphs_mib(deployment, rule, chunk)
    least_mib, above_gib = rule.least_mib_above_gib
    return max(mib, least_mib) if deployment.gpu > above_gib * GIB else mib


def _graphs_mib(deployment: Deployment, rule: Reserve, chunk: int) -> float:
    row, asked = deployment.engine.memory_row(deployment.gpu), deployment.settings.max_num_seqs
    most = row.graphs if deployment.parallel < _MANY_GPUS else row.graphs_many
    decode = rule.mib_per_graph_sequence * (most if asked is None else min(most, asked))
    if deployment.settings.pipeline_parallel_size > 1 or _captures_no_prefill(deployment):
        return decode
    if rule.prefill_graphs_latent_mib is not None and deployment.is_latent:
        return decode + rule.prefill_graphs_latent_mib
    return decode + rule.mib_per_prefill_graph * _prefill_graphs(deployment, chunk)


def _captures_no_prefill(deployment: Deployment) -> bool:
    """Return whether prefill runs without CUDA graphs: images fault in them, except for a few networks."""
    return deployment.takes_images and deployment.model_type not in deployment.engine.prefill_graphs_with_images


def _prefill_graphs(deployment: Deployment, chunk: int) -> int:
    sizes = deployment.engine.prefill_graph_sizes
    return sum(len(range(first, min(last or chunk, chunk) + 1, step)) for first, last, step in sizes)
