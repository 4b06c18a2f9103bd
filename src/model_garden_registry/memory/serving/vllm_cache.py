"""How vLLM divides its cache: blocks of tokens, and groups of layers with different kinds of cache."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from math import ceil, lcm
from typing import NamedTuple

from model_garden_registry.entries.part import MOST_KEPT
from model_garden_registry.families.paging import Paging
from model_garden_registry.memory.network.kv_cache import layer_token_bytes
from model_garden_registry.memory.network.mixers import TokenMixer
from model_garden_registry.memory.network.shape import Shape

#: Tokens per block of vLLM's cache. Source: vLLM, `CacheConfig.block_size` on CUDA.
BLOCK_TOKENS = 16
#: The same for models with states and a latent cache. Source: vLLM, `_align_hybrid_block_size`.
_LATENT_BLOCK_TOKENS = 128


#: Number of layers of each kind that keep something of a sequence, and their mixer.
Caches = tuple[tuple[int, TokenMixer], ...]


class Kind(NamedTuple):
    """
    Layers that share one allocation rule.

    Args:
        layers: Number of layers.

        token_bytes: Bytes of a token in one layer, per GPU; 0: they keep a state.

        window: Length of their window or chunk; 0 if they see everything.

        is_chunked: Whether it is a chunk: nothing before it is seen.

        state_bytes: Bytes of a sequence in one layer, per GPU; 0: they cache tokens.

        by_block: Whether a state is kept for each block of tokens.

        is_delta: Whether it is a state of the delta rule.
    """

    layers: int
    token_bytes: float = 0
    window: int = 0
    is_chunked: bool = False
    state_bytes: float = 0
    by_block: bool = False
    is_delta: bool = False


class Pool(NamedTuple):
    """
    How layers share blocks: a block of the pool is as large as a block of one group of layers.

    Args:
        size: Layers per group.

        block_tokens: Tokens per block in a layer with the largest page.

        page_bytes: Bytes of a block in one layer, for the largest page.

        kinds: Layers with caches, by kind.

        stages: Pipeline stages, which divide the layers of each group.
    """

    size: int
    block_tokens: int
    page_bytes: float
    kinds: tuple[Kind, ...]
    stages: int = 1

    @property
    def block_bytes(self) -> float:
        """Bytes of a block per GPU, on the fullest stage."""
        return ceil(self.size / self.stages) * self.page_bytes

    @property
    def groups(self) -> int:
        """Number of groups of all kinds."""
        return sum(map(self.groups_of, self.kinds))

    @property
    def has_states(self) -> bool:
        """Whether some layers keep a state."""
        return any(kind.state_bytes for kind in self.kinds)

    def groups_of(self, kind: Kind) -> int:
        """Return the number of groups of a kind; a last, partly filled group costs a full one."""
        return ceil(kind.layers / self.size)

    def blocks_for(self, kind: Kind, tokens: int) -> int:
        """Return the blocks of one group: if a smaller page divides the largest, a block has more tokens."""
        times = self.page_bytes / (self.block_tokens * kind.token_bytes) if kind.token_bytes else 1.0
        return ceil(tokens / (self.block_tokens * (int(times) if times.is_integer() else 1)))


class Sequence(NamedTuple):
    """
    A sequence in the pool.

    Args:
        tokens: Its length.

        in_flight: Tokens that may be in flight beyond those that it keeps.

        drafts: Tokens drafted per step.

        state_blocks: Blocks of a group with states, apart from one per draft.

        checkpoint_blocks: Further blocks of such a group, if it keeps states of the delta rule.

        shards: GPUs that divide its tokens.
    """

    tokens: int
    in_flight: int
    drafts: int = 0
    state_blocks: int = 1
    checkpoint_blocks: int = 0
    shards: int = 1


class Need(NamedTuple):
    """
    Blocks of the pool that a sequence needs.

    Args:
        tokens: For cached tokens.

        states: For states.
    """

    tokens: int
    states: int

    @property
    def blocks(self) -> int:
        """Number of blocks in all."""
        return self.tokens + self.states


class Layout(NamedTuple):
    """
    The facts of a deployment that decide its pool.

    Args:
        element: Bytes of an element of the cache.

        scale: Bytes of the scale of a token's keys in one head; values have the same.

        convolution: Bytes of a convolution element.

        state: Bytes of a state element.

        parallel: Number of GPUs that each layer is divided over.

        stages: Pipeline stages, which divide the layers.

        drafts: Tokens drafted per step; if more than 0, the prediction layers cache as well.

        checkpoint_tokens: The multiple that tokens per block are rounded to with delta rule states; 1: no rounding.
    """

    element: float
    scale: int = 0
    convolution: int = 2
    state: int = 2
    parallel: int = 1
    stages: int = 1
    drafts: int = 0
    checkpoint_tokens: int = 1


def pool_of(shape: Shape, layout: Layout, paging: Paging) -> Pool:
    """
    Return how vLLM shares blocks among a network's layers.

    Layers of several kinds share one pool with groups of equal size: the smallest layer count of a kind.

    Source:
        vLLM, `kv_cache_planning.py`; docs/memory-model.md#kv-cache
    """
    return _pool(shape.caches, shape.predicting_layers if layout.drafts else 0, layout, paging)


@lru_cache(maxsize=MOST_KEPT)
def _pool(caches: Caches, predicting: int, layout: Layout, paging: Paging) -> Pool:
    """Compute once for each network: lengths and counts change more often."""
    kinds = _alike(_kinds(caches, predicting, layout, paging), frees_chunks=paging.frees_chunks)
    layers = [kind.layers for kind in kinds]
    fewest, most = min(layers, default=1), max(layers, default=1)
    is_latent = any(mixer.is_latent for _, mixer in caches)
    block = _block_tokens(kinds, layout.checkpoint_tokens, is_latent=is_latent)
    pages = (kind.state_bytes or block * kind.token_bytes for kind in kinds)
    size = most if most < paging.near_groups * fewest else fewest
    return Pool(size, block, max(pages, default=0.0), kinds, layout.stages)


def need_of(pool: Pool, sequence: Sequence) -> Need:
    """
    Return the blocks that one sequence needs.

    A layer with a window needs the window plus the batch that moves through it: blocks are freed between batches
    only. A window that starts inside a block needs one more.

    Source:
        vLLM, `max_memory_usage_bytes` of each kind in `kv_cache_interface.py`
    """
    tokens = states = 0
    for kind in pool.kinds:
        groups = pool.groups_of(kind)
        if kind.state_bytes:
            by_block = ceil(sequence.tokens / pool.block_tokens) if kind.by_block else sequence.state_blocks
            states += groups * (by_block + sequence.drafts + kind.is_delta * sequence.checkpoint_blocks)
        elif kind.window:
            behind = kind.window if kind.is_chunked else kind.window - 1
            kept = min(behind + sequence.in_flight, sequence.tokens)
            tokens += groups * (pool.blocks_for(kind, kept) + (not kind.is_chunked))
        else:
            tokens += groups * pool.blocks_for(kind, ceil(sequence.tokens / sequence.shards))
    return Need(tokens, states)


def _kinds(caches: Caches, predicting: int, layout: Layout, paging: Paging) -> Mapping[Kind, int]:
    counts: dict[Kind, int] = {}
    for layers, mixer in caches:
        for kind in _kinds_of(mixer, layout, paging):
            counts[kind] = counts.get(kind, 0) + layers
    whole = next((kind for kind in counts if kind.token_bytes and not kind.window), None)
    if whole:
        counts[whole] += predicting
    return counts


def _kinds_of(mixer: TokenMixer, layout: Layout, paging: Paging) -> Iterator[Kind]:
    """Yield the kinds of a layer: attention with a parallel state space has both."""
    if token := layer_token_bytes(mixer, layout.element, scale=layout.scale, parallel=layout.parallel):
        yield Kind(0, token, mixer.window, mixer.is_chunked)
    if mixer.state:
        state = mixer.state.layer_bytes(
            layout.convolution, layout.state, parallel=layout.parallel, drafts=layout.drafts
        )
        yield Kind(
            0,
            state_bytes=state,
            by_block=mixer.state.kind in paging.states_by_block,
            is_delta=mixer.state.kind == "gated_delta",
        )


def _alike(counts: Mapping[Kind, int], *, frees_chunks: bool) -> tuple[Kind, ...]:
    """
    Merge the kinds that vLLM allocates alike.

    Layers that keep equally many tokens are one group, whatever the bytes of a token. If chunks are not freed, no
    layer frees any.
    """
    kinds = [kind._replace(layers=layers) for kind, layers in counts.items()]
    if not frees_chunks and any(kind.is_chunked for kind in kinds):
        kinds = [kind._replace(window=0, is_chunked=False) for kind in kinds]
    if len({kind[2:] for kind in kinds}) > 1 or not kinds:
        return tuple(_merged(kinds))
    layers = sum(kind.layers for kind in kinds)
    return (kinds[0]._replace(layers=layers, token_bytes=_total(kinds) / layers),)


def _merged(kinds: Iterable[Kind]) -> Iterator[Kind]:
    counts: dict[Kind, int] = {}
    for kind in kinds:
        counts[kind._replace(layers=0)] = counts.get(kind._replace(layers=0), 0) + kind.layers
    return (kind._replace(layers=layers) for kind, layers in counts.items())


def _total(kinds: Iterable[Kind]) -> float:
    return sum(kind.layers * kind.token_bytes for kind in kinds)


def _block_tokens(kinds: tuple[Kind, ...], checkpoint_tokens: int, *, is_latent: bool) -> int:
    """
    Return the tokens per block: with states, enough for a page of attention to be as large as a state.

    Source:
        vLLM, `_align_hybrid_block_size`
    """
    state = max((kind.state_bytes for kind in kinds), default=0.0)
    token = max((kind.token_bytes for kind in kinds), default=0.0)
    if not state or not token:
        return BLOCK_TOKENS
    step = _LATENT_BLOCK_TOKENS if is_latent else BLOCK_TOKENS
    if all(kind.is_delta for kind in kinds if kind.state_bytes):
        step = lcm(step, checkpoint_tokens)
    return step * ceil(state / (step * token))
