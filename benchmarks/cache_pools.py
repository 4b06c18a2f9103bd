"""The tokens that an engine's cache holds, as its start-up log prints them."""

from __future__ import annotations

from math import floor

from model_garden_registry.memory.network.kv_cache import cache_bytes
from model_garden_registry.memory.serving.deployment import Deployment
from model_garden_registry.memory.serving.sglang import reserve_bytes
from model_garden_registry.memory.serving.vllm import vllm_estimate
from model_garden_registry.memory.serving.vllm_pool import vllm_capacity


def tokens_of_pool(deployment: Deployment, pool_bytes: float, *, by_sequences: bool = False) -> int:
    """
    Return the tokens of a cache of so many bytes on each GPU.

    With SGLang the pool is that of the layers with attention alone, as its log has it.

    Args:
        by_sequences: Whether the sequences that fit were counted, and their tokens, whatever vLLM's release printed.

    Raises:
        ValueError: The engine has none.
    """
    _needs_pool(deployment)
    shape, element, parallel = deployment.shape, deployment.element, deployment.parallel
    if deployment.settings.engine == "sglang":
        token = cache_bytes(shape, element, tokens=1, parallel=parallel)
        return floor(pool_bytes / token) if token else 0
    capacity = vllm_capacity(deployment, pool_bytes)
    return floor(capacity.concurrency * deployment.settings.max_model_len) if by_sequences else capacity.tokens


def engine_tokens(deployment: Deployment, *, share: float | None) -> int:
    """
    Return the tokens of the cache that an engine makes on a GPU whose memory is known.

    Args:
        share: What weights and cache may take of the GPU with SGLang (`mem_fraction_static`); None: by its own rule.

    Raises:
        ValueError: The engine has none.
    """
    _needs_pool(deployment)
    total = deployment.known_gpu or 0
    if deployment.settings.engine == "vllm":
        cache = vllm_estimate(deployment).cache
        return cache.tokens if cache else 0
    reserve = total * (1 - share) if share else reserve_bytes(deployment)
    return max(0, tokens_of_pool(deployment, total - reserve - deployment.weights))


def _needs_pool(deployment: Deployment) -> None:
    if deployment.settings.engine == "transformers":
        raise ValueError("transformers has no pool")
