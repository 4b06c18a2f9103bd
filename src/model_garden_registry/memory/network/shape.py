"""The numbers of a network that the formulas need, all present, from what an entry states."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, NamedTuple

from model_garden_registry.entries.architecture import Architecture, LatentAttention
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.errors import MissingShapeError
from model_garden_registry.memory.network.families import Family, family

#: What an entry without an architecture states.
_NOTHING = Architecture()

Place = Literal["attention", "dense", "expert", "shared"]


class Linear(NamedTuple):
    """
    A kind of linear layer.

    Args:
        place: Where it stands.

        name: What it does there, in one word for all checkpoints.

        d_in: Width of the input.

        d_out: Width of the output.

        instances: How many of them the network has.
    """

    place: Place
    name: str
    d_in: int
    d_out: int
    instances: int

    @property
    def parameters(self) -> int:
        """Weights of all of them."""
        return self.d_in * self.d_out * self.instances


class Shape(NamedTuple):
    """
    A network in numbers.

    Args:
        q_width: Queries of one token, all heads.

        k_width: Keys of one token in a layer's own heads.

        v_width: Values, likewise.

        o_width: Attention output of one token, all heads.

        cached_width: Elements that the cache holds for one token and layer.

        dense_layers: Layers with one feed-forward layer for every token.

        intermediate: Its width.

        moe_layers: Layers with experts.

        expert_intermediate: Width of one expert.

        shared_intermediate: Width of the shared experts together; 0 where there are none.

        habits: What the code of its family does.

        linears: The linear layers of the language model, without the head.

        linear_parameters: Their weights: what quantisation acts on.

        expert_parameters: Those of them in routed experts.

        parameters: All weights, tied ones once.

        tower_parameters: Weights of the vision tower.

        published_bytes: Bytes of one weight as published, before quantisation.
    """

    layers: int
    hidden: int
    vocab: int
    heads: int
    kv_heads: int
    q_width: int
    k_width: int
    v_width: int
    o_width: int
    cached_width: int
    dense_layers: int
    intermediate: int
    moe_layers: int
    experts: int
    active_experts: int
    expert_intermediate: int
    shared_intermediate: int
    habits: Family
    is_tied: bool
    is_latent: bool
    window: int
    window_layers: int
    linears: tuple[Linear, ...]
    linear_parameters: int
    expert_parameters: int
    parameters: int
    tower_parameters: int
    published_bytes: int
    has_vision: bool

    @property
    def head_parameters(self) -> int:
        """Weights of an output head of its own; 0 where it is the embedding matrix."""
        return 0 if self.is_tied else self.vocab * self.hidden

    @property
    def end_parameters(self) -> int:
        """Weights of the embedding matrix and of the head."""
        return self.vocab * self.hidden + self.head_parameters


def shape_of(entry: ModelInfo) -> Shape:
    """
    Take the shape from an entry.

    Raises:
        MissingShapeError: It lacks a number that nothing else tells.
    """
    return _shape(entry.architecture or _NOTHING, entry.id, entry.is_vision_model)


def states_shape(entry: ModelInfo) -> bool:
    """Return whether an entry states the shape that exact numbers need."""
    try:
        shape_of(entry)
    except MissingShapeError:
        return False
    return True


@lru_cache(maxsize=1024)
def _shape(stated: Architecture, model_id: str, takes_images: bool) -> Shape:  # noqa: FBT001  (a cache's key)
    """Count once for each architecture: settings change more often than models."""
    layers = _needed(model_id, stated.num_hidden_layers, "num_hidden_layers")
    hidden = _needed(model_id, stated.hidden_size, "hidden_size")
    vocab = _needed(model_id, stated.vocab_size, "vocab_size")
    heads = _needed(model_id, stated.num_attention_heads, "num_attention_heads")
    kv_heads, widths, attention = _attention(model_id, stated, layers, hidden, heads)
    moe = _experts(model_id, stated, layers)
    habits = family(stated.model_type)
    linears = (*attention, *_feed_forward(hidden, moe, gated=habits.matrices == 3))
    counted = sum(linear.parameters for linear in linears)
    ends = vocab * hidden * (1 if stated.tie_word_embeddings else 2)
    tower = (stated.vision.parameters or 0) if stated.vision else 0
    norms = (2 * layers + 1) * hidden
    router = moe.layers * moe.experts * hidden
    parameters = stated.parameters or counted + ends + tower + norms + router
    linear_parameters = max(0, min(counted, parameters - ends - tower))
    expert_parameters = sum(linear.parameters for linear in linears if linear.place == "expert")
    window = stated.sliding_window
    q_width, k_width, v_width, o_width, cached_width = widths
    return Shape(
        layers=layers,
        hidden=hidden,
        vocab=vocab,
        heads=heads,
        kv_heads=kv_heads,
        q_width=q_width,
        k_width=k_width,
        v_width=v_width,
        o_width=o_width,
        cached_width=cached_width,
        dense_layers=layers - moe.layers,
        intermediate=moe.dense_intermediate,
        moe_layers=moe.layers,
        experts=moe.experts,
        active_experts=moe.active,
        expert_intermediate=moe.intermediate,
        shared_intermediate=moe.shared,
        habits=habits,
        is_tied=bool(stated.tie_word_embeddings),
        is_latent=stated.mla is not None,
        window=window.window if window else 0,
        window_layers=min(window.num_layers, layers) if window else 0,
        linears=linears,
        linear_parameters=linear_parameters,
        expert_parameters=min(expert_parameters, linear_parameters),
        parameters=parameters,
        tower_parameters=tower,
        published_bytes=4 if stated.dtype == "float32" else 2,
        has_vision=stated.vision is not None or takes_images,
    )


def _needed(model_id: str, value: int | None, field: str) -> int:
    if value is None:
        raise MissingShapeError(model_id, field)
    return value


def _head_dim(model_id: str, stated: Architecture, hidden: int, heads: int) -> int:
    """Give the width of a head; where it is not stated, the heads divide the network, unless there are more of them."""
    return _needed(model_id, stated.head_dim or hidden // heads or None, "head_dim")


def _attention(
    model_id: str, stated: Architecture, layers: int, hidden: int, heads: int
) -> tuple[int, tuple[int, int, int, int, int], tuple[Linear, ...]]:
    """Give the key heads, the five widths of a shape, and the linear layers."""
    if stated.mla:
        return _latent_attention(model_id, stated, stated.mla, layers, hidden, heads)
    kv_heads = _needed(model_id, stated.num_key_value_heads, "num_key_value_heads")
    head_dim = _head_dim(model_id, stated, hidden, heads)
    wide, narrow = heads * head_dim, kv_heads * head_dim
    linears = (
        Linear("attention", "q", hidden, wide, layers),
        Linear("attention", "k", hidden, narrow, layers),
        Linear("attention", "v", hidden, narrow, layers),
        Linear("attention", "o", wide, hidden, layers),
    )
    return kv_heads, (wide, narrow, narrow, wide, 2 * narrow), linears


def _latent_attention(
    model_id: str, stated: Architecture, mla: LatentAttention, layers: int, hidden: int, heads: int
) -> tuple[int, tuple[int, int, int, int, int], tuple[Linear, ...]]:
    plain = mla.qk_nope_head_dim or _head_dim(model_id, stated, hidden, heads)
    value = mla.v_head_dim or _head_dim(model_id, stated, hidden, heads)
    query = plain + mla.qk_rope_head_dim
    queries = (
        (
            Linear("attention", "q_a", hidden, mla.q_lora_rank, layers),
            Linear("attention", "q_b", mla.q_lora_rank, heads * query, layers),
        )
        if mla.q_lora_rank
        else (Linear("attention", "q", hidden, heads * query, layers),)
    )
    cached = mla.kv_lora_rank + mla.qk_rope_head_dim
    linears = (
        *queries,
        Linear("attention", "kv_a", hidden, cached, layers),
        Linear("attention", "kv_b", mla.kv_lora_rank, heads * (plain + value), layers),
        Linear("attention", "o", heads * value, hidden, layers),
    )
    return heads, (heads * query, heads * query, heads * value, heads * value, cached), linears


class _Experts(NamedTuple):
    layers: int = 0
    experts: int = 0
    active: int = 0
    intermediate: int = 0
    shared: int = 0
    dense_layers: int = 0
    dense_intermediate: int = 0


def _experts(model_id: str, stated: Architecture, layers: int) -> _Experts:
    moe = stated.moe
    if moe is None:
        return _Experts(
            dense_layers=layers, dense_intermediate=_needed(model_id, stated.intermediate_size, "intermediate_size")
        )
    dense_layers = min(moe.first_k_dense_replace or 0, layers)
    width = moe.moe_intermediate_size or _needed(model_id, stated.intermediate_size, "moe.moe_intermediate_size")
    dense = _needed(model_id, stated.intermediate_size, "intermediate_size") if dense_layers else 0
    shared = moe.shared_expert_intermediate_size or (moe.n_shared_experts or 0) * width
    active = min(moe.num_experts_per_tok, moe.num_experts)
    return _Experts(layers - dense_layers, moe.num_experts, active, width, shared, dense_layers, dense)


def _feed_forward(hidden: int, moe: _Experts, *, gated: bool) -> tuple[Linear, ...]:
    places: tuple[tuple[Place, int, int], ...] = (
        ("dense", moe.dense_intermediate, moe.dense_layers),
        ("expert", moe.intermediate, moe.layers * moe.experts),
        ("shared", moe.shared, moe.layers),
    )
    kinds = ("gate", "up") if gated else ("up",)
    return tuple(
        linear
        for place, width, count in places
        if width and count
        for linear in (
            *(Linear(place, kind, hidden, width, count) for kind in kinds),
            Linear(place, "down", width, hidden, count),
        )
    )
