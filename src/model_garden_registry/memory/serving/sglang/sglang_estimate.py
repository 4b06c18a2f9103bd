"""The memory of a GPU that SGLang serves on: weights, pools, and the reserve."""

from __future__ import annotations

from dataclasses import replace
from math import floor

from model_garden_registry.memory.estimates import CacheCapacity, MemoryEstimate
from model_garden_registry.memory.serving.deployment import Deployment
from model_garden_registry.memory.serving.sglang.loading import loaded_bytes
from model_garden_registry.memory.serving.sglang.pools import pools_of
from model_garden_registry.memory.serving.sglang.share import left_free_bytes, static_share


def sglang_estimate(deployment: Deployment) -> MemoryEstimate:
    """
    Return the memory for which the pools fit the requested sequences.

    Activations and CUDA graphs are part of the reserve.

    Source:
        docs/memory-model.md#serving
    """
    settings = deployment.settings
    pools = pools_of(deployment)
    held = pools.held(settings.concurrent, settings.max_model_len)
    chosen = "as set" if settings.mem_fraction_static is not None else "by its own rule"
    notes = [f"{deployment.engine.named} takes {static_share(deployment):.3g} of the free memory, {chosen}"]
    if pools.window:
        notes.append(f"layers with a window have a pool of {pools.window_ratio:.0%} of the tokens")
    if pools.state_bytes:
        notes.append(f"{pools.slots} states for each sequence, in a pool {pools.state_ratio:g} times that of tokens")
    estimate = deployment.estimate(
        lambda: notes,
        weights=loaded_bytes(deployment),
        cache=held.tokens / settings.concurrent,
        states=held.states / settings.concurrent,
        overhead=left_free_bytes(deployment) + held.idle,
    )
    return estimate if deployment.known_gpu is None else replace(estimate, cache=sglang_capacity(deployment))


def sglang_capacity(deployment: Deployment) -> CacheCapacity:
    """
    Return the capacity of the pools on a GPU, as in the start-up log; zero if the weights leave nothing.

    Source:
        SGLang, `KVCacheConfigurator.config_from_budget`, `resolve_max_num_reqs`
    """
    pools, length = pools_of(deployment), deployment.settings.max_model_len
    loaded = loaded_bytes(deployment) + deployment.adapters
    pool_bytes = max(0, floor(deployment.gpu - left_free_bytes(deployment) - loaded))
    # Without a cache, as many tokens fit as a sequence may have.
    tokens = pools.tokens_in(pool_bytes) if pools.token_bytes else length
    most = pools.slots_in(pool_bytes) // pools.slots if pools.state_bytes else None
    if pools.drafts:
        most = min(most or 0, pools.most_drafting)
    return CacheCapacity(pool_bytes, tokens, tokens / pools.tokens_for(1, length), most_sequences=most)
