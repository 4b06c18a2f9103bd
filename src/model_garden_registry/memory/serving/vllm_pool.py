"""The capacity of vLLM's block pool, and the blocks that a sequence needs."""

from __future__ import annotations

from math import floor
from typing import NamedTuple

from model_garden_registry.families.paging import Paging
from model_garden_registry.memory.estimates import CacheCapacity
from model_garden_registry.memory.serving.deployment import Deployment
from model_garden_registry.memory.serving.vllm_batch import Batch, profiled_batch
from model_garden_registry.memory.serving.vllm_cache import Layout, Need, Pool, Sequence, need_of, pool_of

#: Bytes of a state element, by its type.
_STATE_BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}


class PoolDemand(NamedTuple):
    """
    Blocks that a deployment's sequences need.

    Args:
        pool: How layers share blocks.

        need: Blocks of one sequence at full length.

        spare: Blocks that no sequence uses.
    """

    pool: Pool
    need: Need
    spare: int


def demand_of(deployment: Deployment, batch: Batch) -> PoolDemand:
    """Return the blocks that a deployment's sequences need of its pool."""
    settings, paging, drafts = deployment.settings, _paging(deployment), deployment.settings.speculative_tokens
    stages, kept = settings.pipeline_parallel_size, deployment.reading.computing.checkpoints
    multiple, checkpoints = (kept.tokens, kept.blocks) if kept else (1, 0)
    elements = deployment.element, deployment.scale, deployment.compute_bytes, state_element(deployment)
    layout = Layout(*elements, settings.tensor_parallel_size, stages, drafts, multiple)
    pool = pool_of(deployment.shape, layout, paging)
    in_flight = batch.tokens * (stages + 1 if paging.counts_flights else 1)
    shards = settings.decode_context_parallel_size
    sequence = Sequence(settings.max_model_len, in_flight, drafts, paging.state_blocks, checkpoints, shards)
    return PoolDemand(pool, need_of(pool, sequence), paging.spare_blocks)


def vllm_capacity(deployment: Deployment, pool_bytes: float, demand: PoolDemand | None = None) -> CacheCapacity:
    """
    Return the capacity of a pool, as vLLM's start-up log prints it.

    Args:
        demand: The demand of the deployment's sequences, if already computed.

    Source:
        vLLM, `get_kv_cache_capacity`; before 0.20.2 `_report_kv_cache_config`
    """
    pool, need, _ = demand or demand_of(deployment, profiled_batch(deployment))
    if not pool.block_bytes or pool_bytes < pool.block_bytes:
        return CacheCapacity(pool_bytes=max(0, floor(pool_bytes)), tokens=0, concurrency=0.0, blocks=0)
    blocks = floor(pool_bytes / pool.block_bytes)
    concurrency = blocks / need.blocks
    length = deployment.settings.max_model_len
    by_group = blocks // pool.groups * pool.block_tokens * deployment.settings.decode_context_parallel_size
    return CacheCapacity(
        pool_bytes=floor(pool_bytes),
        tokens=int(concurrency * length) if _paging(deployment).prints_sequences else by_group,
        concurrency=concurrency,
        blocks=blocks,
        most_sequences=blocks // need.states if pool.has_states else None,
    )


def state_element(deployment: Deployment) -> int:
    """
    Return the bytes of a state element: as set, else the model's default, else the compute type.

    Source:
        vLLM, `MambaStateDtypeCalculator` and `mamba_ssm_cache_dtype` in `model_executor/models/config.py`
    """
    asked = deployment.settings.mamba_ssm_dtype
    chosen = deployment.shape.family.state_dtype if asked == "auto" else asked
    return _STATE_BYTES[chosen] if chosen else deployment.compute_bytes


def _paging(deployment: Deployment) -> Paging:
    paging = deployment.engine.paging
    assert paging is not None  # every release of vLLM has blocks
    return paging.keeping(deployment.settings.enable_prefix_caching)
