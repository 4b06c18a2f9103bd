"""Bytes of the key and value cache."""

from __future__ import annotations

from math import ceil

from model_garden_registry.memory.network.shape import Shape

#: Tokens of a block of vLLM's cache. Source: vLLM, `CacheConfig.block_size` on CUDA.
BLOCK_TOKENS = 16

#: Bytes of a cached element, by `kv_cache_dtype`; other values are 16-bit types.
_FP8 = frozenset({"fp8", "fp8_e4m3", "fp8_e5m2"})


def element_bytes(kv_cache_dtype: str, compute_bytes: int) -> int:
    """Give the bytes of a cached element."""
    if kv_cache_dtype in _FP8:
        return 1
    return compute_bytes if kv_cache_dtype == "auto" else 2


def layer_token_bytes(shape: Shape, element: int, *, parallel: int = 1) -> float:
    """
    Give the bytes of one token in one layer, on each GPU.

    Heads are divided among the GPUs, a head at least to each; a latent cache is whole on every GPU.
    """
    if shape.is_latent:
        return shape.cached_width * element
    return shape.cached_width * element / min(parallel, shape.kv_heads)


def vllm_layers(shape: Shape) -> int:
    """
    Give the layers' worth of cache that vLLM sets aside for a token.

    Layers with and without a window share one pool in groups of equal size, and a group that is not full is paid for.

    Source:
        vLLM, `kv_cache_utils.py`; docs/memory-model.md#kv-cache
    """
    window, full = shape.window_layers, shape.layers - shape.window_layers
    if not window or not full:
        return shape.layers
    group = min(window, full)
    return (ceil(window / group) + ceil(full / group)) * group


def cache_bytes(shape: Shape, element: int, *, tokens: int, parallel: int = 1) -> float:
    """
    Give the bytes that one sequence takes on each GPU; layers with a window hold no more than it.

    Args:
        tokens: Length of the sequence.
    """
    windowed = min(tokens, shape.window) if shape.window_layers else 0
    held = (shape.layers - shape.window_layers) * tokens + shape.window_layers * windowed
    return held * layer_token_bytes(shape, element, parallel=parallel)


def vllm_cache_bytes(shape: Shape, element: int, *, tokens: int, batch_tokens: int, parallel: int = 1) -> float:
    """
    Give the bytes that one sequence takes of vLLM's pool on each GPU, in whole blocks.

    A layer with a window holds the window and the batch that moves through it.

    Args:
        tokens: Length of the sequence.

        batch_tokens: Tokens of a batch.

    Source:
        vLLM, `SlidingWindowSpec.max_memory_usage_bytes`
    """
    windowed = min(tokens, shape.window - 1 + batch_tokens)
    window, full = shape.window_layers, shape.layers - shape.window_layers
    group = min(window, full) or shape.layers
    held = ceil(window / group) * _blocks(windowed) + ceil(full / group) * _blocks(tokens)
    return group * held * BLOCK_TOKENS * layer_token_bytes(shape, element, parallel=parallel)


def _blocks(tokens: int) -> int:
    return ceil(tokens / BLOCK_TOKENS)
