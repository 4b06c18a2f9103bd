"""How vLLM divides its cache: blocks of tokens, and groups of layers with and without a window."""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

from model_garden_registry.memory.network.kv_cache import layer_token_bytes
from model_garden_registry.memory.network.shape import Shape

#: Tokens of a block of vLLM's cache. Source: vLLM, `CacheConfig.block_size` on CUDA.
BLOCK_TOKENS = 16


class Kind(NamedTuple):
    """
    Layers whose caches are handed out alike.

    Args:
        layers: How many.

        window: Length of their window; 0 where they see everything.

        token_bytes: Bytes of a token in one of them, on each GPU.
    """

    layers: int
    window: int
    token_bytes: float


class Pool(NamedTuple):
    """
    How layers share blocks: a block of the pool is as large as a block of one group of layers.

    Args:
        size: Layers of a group.

        page_bytes: Bytes of a block in one layer, those of the largest.

        kinds: Layers with caches, by kind.
    """

    size: int
    page_bytes: float
    kinds: tuple[Kind, ...]

    def groups(self, kind: Kind) -> int:
        """Return the groups of a kind; a last one that is not full is paid for all the same."""
        return ceil(kind.layers / self.size)

    def blocks(self, kind: Kind, tokens: int) -> int:
        """Return the blocks of one group: where a smaller page divides the largest, a block has more tokens."""
        times = self.page_bytes / (BLOCK_TOKENS * kind.token_bytes)
        return ceil(tokens / (BLOCK_TOKENS * (int(times) if times.is_integer() else 1)))


def pool_of(shape: Shape, element: int, *, parallel: int = 1) -> Pool:
    """
    Return how vLLM shares blocks among a network's layers.

    Layers of several kinds share one pool, which needs groups of equal size: the smallest number of a kind.

    Source:
        vLLM, `kv_cache_utils.py`; docs/memory-model.md#kv-cache
    """
    counts: dict[tuple[int, float], int] = {}
    for group in shape.groups:
        if group.caches:
            key = group.mixer.window, layer_token_bytes(group.mixer, element, parallel=parallel)
            counts[key] = counts.get(key, 0) + group.layers
    kinds = tuple(Kind(count, *key) for key, count in counts.items())
    size = min((kind.layers for kind in kinds), default=1)
    return Pool(size, BLOCK_TOKENS * max((kind.token_bytes for kind in kinds), default=0.0), kinds)


def pool_token_bytes(shape: Shape, element: int, *, parallel: int = 1) -> float:
    """Return the bytes of the pool that vLLM counts for a token on each GPU, as if no layer had a window."""
    pool = pool_of(shape, element, parallel=parallel)
    return sum(pool.groups(kind) for kind in pool.kinds) * pool.size * pool.page_bytes / BLOCK_TOKENS


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
    pool = pool_of(shape, element, parallel=parallel)
    blocks = 0
    for kind in pool.kinds:
        held = min(tokens, kind.window - 1 + batch_tokens) if kind.window else tokens
        blocks += pool.groups(kind) * pool.blocks(kind, held)
    return pool.size * blocks * pool.page_bytes
