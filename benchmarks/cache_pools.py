"""The tokens that an engine's cache holds, as its start-up log prints them."""

from __future__ import annotations

from math import floor

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.memory.network.kv_cache import cache_bytes
from model_garden_registry.memory.serving.deployment import Deployment
from model_garden_registry.memory.serving.sglang import reserve_bytes
from model_garden_registry.memory.serving.vllm import kv_pool_tokens
from model_garden_registry.memory.serving.vllm_cache import BLOCK_TOKENS, pool_token_bytes


def tokens_of_pool(deployment: Deployment, pool_bytes: float) -> int:
    """
    Return the tokens of a cache of so many bytes on each GPU.

    With SGLang the pool is that of the layers with attention alone, as its log has it.

    Raises:
        ValueError: The engine makes no pool.
    """
    if deployment.settings.engine == "transformers":
        raise ValueError(f"{deployment.engine.package.title} has no pool for its cache")
    shape, element, parallel = deployment.shape, deployment.element, deployment.parallel
    if deployment.settings.engine == "sglang":
        token = cache_bytes(shape, element, tokens=1, parallel=parallel)
        return floor(pool_bytes / token) if token else 0
    token = pool_token_bytes(shape, element, parallel=parallel)
    return max(0, floor(pool_bytes / (token * BLOCK_TOKENS))) * BLOCK_TOKENS if token else 0


def engine_tokens(deployment: Deployment, entry: ModelInfo, *, share: float | None) -> int:
    """
    Return the tokens of the cache that an engine makes on a GPU whose memory is known.

    Args:
        share: What weights and cache may take of the GPU with SGLang (`mem_fraction_static`); None: by its own rule.

    Raises:
        ValueError: The engine makes no pool.
    """
    total = deployment.gpu
    if deployment.settings.engine == "vllm":
        return kv_pool_tokens(
            entry,
            deployment.settings,
            gpu_total_bytes=total,
            runtime=deployment.runtime,
            constants=deployment.constants,
        )
    is_ruled = deployment.settings.engine == "sglang" and share is None
    reserve = reserve_bytes(deployment) if is_ruled else total * (1 - (share or 0))
    return max(0, tokens_of_pool(deployment, total - reserve - deployment.weights))
