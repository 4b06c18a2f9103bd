"""The token capacity of an engine's cache, as its start-up log prints it."""

from __future__ import annotations

from math import floor

from model_garden_registry.memory.serving.deployment import Deployment
from model_garden_registry.memory.serving.sglang.pools import pools_of
from model_garden_registry.memory.serving.sglang.sglang_estimate import sglang_capacity
from model_garden_registry.memory.serving.vllm import vllm_estimate
from model_garden_registry.memory.serving.vllm_pool import vllm_capacity


def tokens_of_pool(deployment: Deployment, pool_bytes: float, *, by_sequences: bool = False) -> int:
    """
    Return the token capacity of a cache of this many bytes per GPU.

    With SGLang the pool is that of the layers with attention alone, as its log has it.

    Args:
        by_sequences: Whether the sequences that fit were counted, and their tokens, whatever vLLM's release printed.

    Raises:
        ValueError: The engine has none.
    """
    _needs_pool(deployment)
    if deployment.settings.engine == "sglang":
        token = pools_of(deployment).token_bytes
        return floor(pool_bytes / token) if token else 0
    capacity = vllm_capacity(deployment, pool_bytes)
    return floor(capacity.concurrency * deployment.settings.max_model_len) if by_sequences else capacity.tokens


def engine_tokens(deployment: Deployment) -> int:
    """
    Return the token capacity of the cache that an engine allocates on a GPU of known memory.

    Raises:
        ValueError: The engine has none.
    """
    _needs_pool(deployment)
    if deployment.settings.engine == "vllm":
        cache = vllm_estimate(deployment).cache
        return cache.tokens if cache else 0
    return sglang_capacity(deployment).tokens


def _needs_pool(deployment: Deployment) -> None:
    if deployment.settings.engine == "transformers":
        raise ValueError("transformers has no pool")
