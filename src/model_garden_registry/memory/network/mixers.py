"""Token mixers of a layer: attention with its kind of cache, or a mixer that keeps a state instead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, get_args

from model_garden_registry.entries.architecture import LatentAttention, LayerGroup, Mixer
from model_garden_registry.errors import MissingShapeError
from model_garden_registry.families.expressions import value_of
from model_garden_registry.families.family import Family
from model_garden_registry.memory.network.layers import Linear, Stated
from model_garden_registry.memory.network.states import State, state_of

#: Names that a family's expressions may use, apart from the numbers of the group.
_NUMBERS = ("num_heads", "head_dim", "key_heads", "key_head_dim", "n_groups", "state_size", "conv_kernel", "conv_dim")


class TokenMixer(NamedTuple):
    """
    The mixer of one layer.

    Args:
        heads: Query heads; 0 if there is no attention.

        kv_heads: Heads of keys and values, which are divided among GPUs.

        q_width: Queries of one token, all heads; without attention, the input of the output matrix.

        k_width: Keys of one token in a layer's own heads; without attention, the output of the other matrices.

        v_width: Values, in the same way.

        o_width: Attention output of one token, all heads.

        cached_width: Cached elements per token; 0 if nothing is cached.

        window: Length of the window or chunk; 0 if a token sees everything before it.

        is_latent: Whether the cache is one vector for all heads.

        is_chunked: Whether a token sees only its own chunk.

        linears: Its matrices.

        further: Weights that are not matrices.

        state: The state per sequence, beside or instead of a cache; None if there is none.
    """

    heads: int = 0
    kv_heads: int = 0
    q_width: int = 0
    k_width: int = 0
    v_width: int = 0
    o_width: int = 0
    cached_width: int = 0
    window: int = 0
    is_latent: bool = False
    is_chunked: bool = False
    linears: tuple[Linear, ...] = ()
    further: int = 0
    state: State | None = None


def mixer_of(stated: Stated, family: Family, group: LayerGroup) -> TokenMixer:
    """
    Return the mixer of a group of layers.

    Raises:
        MissingShapeError: It lacks a number that cannot be derived, or the family's record does not describe such a
            mixer is made of.
    """
    mixer = _MIXERS[group.mixer](stated, family, group)
    if mixer.heads and group.state_size:
        mixer = _beside(mixer, _stateful(stated, family, group.model_copy(update={"mixer": "state_space"})))
    return mixer._replace(cached_width=0) if group.shares_cache else mixer


def _beside(attention: TokenMixer, state_space: TokenMixer) -> TokenMixer:
    """Merge attention and a state space into one layer: attention that states a `state_size` has one in parallel."""
    return attention._replace(
        k_width=attention.k_width + state_space.k_width,
        v_width=attention.v_width + state_space.q_width + state_space.o_width,
        linears=(*attention.linears, *state_space.linears),
        further=state_space.further,
        state=state_space.state,
    )


def _grouped(stated: Stated, family: Family, group: LayerGroup) -> TokenMixer:
    heads = group.num_attention_heads or stated.heads
    kv_heads = group.num_key_value_heads or stated.needed(
        stated.architecture.num_key_value_heads, "num_key_value_heads"
    )
    # With a state space in parallel, the stated head width is the state space's.
    head_dim = stated.head_dim if group.state_size else group.head_dim or stated.head_dim
    hidden, wide, narrow = stated.hidden, heads * head_dim, kv_heads * head_dim
    makes_gate = any("q_gate" in matrices for matrices in family.attention.values())
    linears = (
        Linear("attention", "q", hidden, wide, group.count),
        *((Linear("attention", "q_gate", hidden, wide, group.count),) if makes_gate else ()),
        # A layer that reads the cache of an earlier layer has no keys and values of its own.
        *(
            Linear("attention", name, hidden, narrow, group.count)
            for name in (() if group.shares_cache else ("k", "v"))
        ),
        Linear("attention", "o", wide, hidden, group.count),
    )
    return TokenMixer(heads, kv_heads, wide, narrow, narrow, wide, 2 * narrow, linears=linears)


def _windowed(stated: Stated, family: Family, group: LayerGroup) -> TokenMixer:
    """Return attention with a window, or limited to the token's chunk."""
    window = group.window
    if window is None and stated.architecture.sliding_window:
        window = stated.architecture.sliding_window.window
    return _grouped(stated, family, group)._replace(window=stated.needed(window, "layers.window"))


def _chunked(stated: Stated, family: Family, group: LayerGroup) -> TokenMixer:
    return _windowed(stated, family, group)._replace(is_chunked=True)


def _latent(stated: Stated, _family: Family, group: LayerGroup) -> TokenMixer:
    """
    Return attention that caches one compressed vector for all heads, plus the rotary part of the keys.

    Every head has its own keys and values once they are unpacked, so there are as many key heads as heads.

    Source:
        transformers, `modeling_deepseek_v3.py`
    """
    mla = stated.architecture.mla
    if mla is None:
        raise MissingShapeError(stated.model_id, "mla")
    hidden, layers, heads = stated.hidden, group.count, group.num_attention_heads or stated.heads
    plain = mla.qk_nope_head_dim or stated.head_dim
    value = heads * (mla.v_head_dim or stated.head_dim)
    query = heads * (plain + mla.qk_rope_head_dim)
    cached = mla.kv_lora_rank + mla.qk_rope_head_dim
    linears = (
        *_queries(mla, hidden, query, layers),
        Linear("attention", "kv_a", hidden, cached, layers),
        Linear("attention", "kv_b", mla.kv_lora_rank, heads * plain + value, layers),
        Linear("attention", "o", value, hidden, layers),
    )
    window = group.window or 0
    return TokenMixer(heads, heads, query, query, value, value, cached, window, is_latent=True, linears=linears)


def _queries(mla: LatentAttention, hidden: int, query: int, layers: int) -> tuple[Linear, ...]:
    """Return one query matrix, or two with a narrow middle."""
    if mla.q_lora_rank is None:
        return (Linear("attention", "q", hidden, query, layers),)
    return (
        Linear("attention", "q_a", hidden, mla.q_lora_rank, layers),
        Linear("attention", "q_b", mla.q_lora_rank, query, layers),
    )


def _stateful(stated: Stated, family: Family, group: LayerGroup) -> TokenMixer:
    """Return a mixer with a state instead of a cache, built from the family's record."""
    numbers = _numbers(stated, group)
    modules, kind = family.mixers.get(group.mixer), family.states.get(group.mixer)
    if modules is None:
        raise MissingShapeError(stated.model_id, f"layers: what {group.mixer} of {family.model_type} is made of")
    try:
        widths = {name: [value_of(side, numbers) for side in text.split(">")] for name, text in modules.items()}
        further = value_of(family.mixer_weights.get(group.mixer, "0"), numbers)
        state = state_of(kind, numbers) if kind else None
    except KeyError as missing:
        raise MissingShapeError(stated.model_id, f"layers.{missing.args[0]}") from None
    linears = tuple(Linear("attention", name, d_in, d_out, group.count) for name, (d_in, d_out) in widths.items())
    read = sum(linear.d_in for linear in linears if linear.d_out == stated.hidden)
    made = sum(linear.d_out for linear in linears if linear.d_out != stated.hidden)
    return TokenMixer(
        q_width=read, k_width=max(0, made - read), o_width=read, linears=linears, further=further, state=state
    )


def _numbers(stated: Stated, group: LayerGroup) -> Mapping[str, int]:
    told = {name: getattr(group, name) for name in _NUMBERS}
    whole = {"hidden": stated.hidden, "intermediate": stated.architecture.intermediate_size}
    return {name: value for name, value in (told | whole).items() if value is not None}


def _nothing(_stated: Stated, _family: Family, _group: LayerGroup) -> TokenMixer:
    return TokenMixer()


#: A rule for each kind. A kind without a rule is an error when this module is loaded, not on first use.
_MIXERS: Mapping[Mixer, Callable[[Stated, Family, LayerGroup], TokenMixer]] = {
    "full": _grouped,
    "window": _windowed,
    "chunked": _chunked,
    "latent": _latent,
    "linear": _stateful,
    "state_space": _stateful,
    "short_conv": _stateful,
    "none": _nothing,
}
if lacking := set(get_args(Mixer)) - set(_MIXERS):
    raise LookupError(f"no rule for layers of kind {', '.join(sorted(lacking))}")
