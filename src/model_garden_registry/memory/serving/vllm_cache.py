"""How vLLM divides its cache: blocks of tokens, and groups of layers with and without a window."""

from __future__ import annotations

from functools import cache
from math import ceil
from typing import NamedTuple

from model_garden_registry.memory.network.kv_cache import layer_token_bytes
from model_garden_registry.memory.network.shape import Shape

#: Tokens of a block of vLLM's cache. Source: vLLM, `CacheConfig.block_size` on CUDA.
BLOCK_TOKENS = 16


class Groups(NamedTuple):
    """
    Layers that share blocks: a block of the pool is as large as a block of one group.

    Args:
        size: Layers of a group.

        windowed: Groups of layers with a window.

        full: Groups of layers without one.
    """

    size: int
    windowed: int
    full: int


@cache
def layer_groups(layers: int, window_layers: int) -> Groups:
    """
    Return the groups that vLLM makes of a network's layers, some of which have a window.

    Layers with and without a window share one pool, which needs groups of equal size: the smaller number of the two
    kinds. A last group that is not full is paid for all the same.

    Source:
        vLLM, `kv_cache_utils.py`; docs/memory-model.md#kv-cache
    """
    full_layers = layers - window_layers
    size = min(window_layers, full_layers) or layers
    return Groups(size, ceil(window_layers / size), ceil(full_layers / size))


def pool_token_bytes(shape: Shape, element: int, *, parallel: int = 1) -> float:
    """Return the bytes of the pool that vLLM counts for a token on each GPU, as if no layer had a window."""
    groups = layer_groups(shape.layers, shape.window_layers)
    token = layer_token_bytes(shape, element, parallel=parallel)
    return token * ((groups.windowed + groups.full) * groups.size)


def sequence_bytes(shape: Shape, element: int, *, tokens: int, batch_tokens: int, parallel: int = 1) -> float:
    """
    Return the bytes that one sequence takes of the pool on each GPU, in whole blocks.

    A layer with a window needs the window and the batch that moves through it: blocks are freed between batches only.

    Args:
        tokens: Length of the sequence.

        batch_tokens: Tokens of a batch.

    Source:
        vLLM, `SlidingWindowSpec.max_memory_usage_bytes`
    """
    groups = layer_groups(shape.layers, shape.window_layers)
    windowed = min(tokens, shape.window - 1 + batch_tokens)
    blocks = groups.windowed * _blocks(windowed) + groups.full * _blocks(tokens)
    return groups.size * blocks * BLOCK_TOKENS * layer_token_bytes(shape, element, parallel=parallel)


def _blocks(tokens: int) -> int:
    return ceil(tokens / BLOCK_TOKENS)
