"""The layers of a network, from what an entry states: attention, and feed-forward layers with and without experts."""

from __future__ import annotations

from typing import Literal, NamedTuple

from model_garden_registry.entries.architecture import Architecture, LatentAttention
from model_garden_registry.errors import MissingShapeError

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


class Stated(NamedTuple):
    """
    What an entry states of its network.

    Args:
        model_id: The entry, for errors.

        architecture: Everything that it states.

        layers: A number that every network must have, as are those that follow.
    """

    model_id: str
    architecture: Architecture
    layers: int
    hidden: int
    vocab: int
    heads: int

    def needed(self, value: int | None, field: str) -> int:
        """
        Return a number that this kind of network must have as well.

        Raises:
            MissingShapeError: It is not there.
        """
        return _needed(self.model_id, value, field)

    @property
    def head_dim(self) -> int:
        """Width of a head; where it is not stated, the heads divide the network, unless there are more of them."""
        return self.needed(self.architecture.head_dim or self.hidden // self.heads or None, "head_dim")


def read_stated(model_id: str, architecture: Architecture) -> Stated:
    """
    Read the numbers that every network must have.

    Raises:
        MissingShapeError: One of them is not there.
    """
    fields = ("num_hidden_layers", "hidden_size", "vocab_size", "num_attention_heads")
    return Stated(model_id, architecture, *(_needed(model_id, getattr(architecture, field), field) for field in fields))


def _needed(model_id: str, value: int | None, field: str) -> int:
    if value is None:
        raise MissingShapeError(model_id, field)
    return value


class Attention(NamedTuple):
    """
    The attention of every layer.

    Args:
        kv_heads: Heads of keys and values, which GPUs divide among them.

        q_width: Queries of one token, all heads.

        k_width: Keys of one token in a layer's own heads.

        v_width: Values, likewise.

        o_width: Attention output of one token, all heads.

        cached_width: Elements of the cache for one token and layer.

        linears: Its matrices in all layers.
    """

    kv_heads: int
    q_width: int
    k_width: int
    v_width: int
    o_width: int
    cached_width: int
    linears: tuple[Linear, ...]


def attention_of(stated: Stated) -> Attention:
    """
    Return the attention of a network.

    Raises:
        MissingShapeError: It lacks a number that nothing else tells.
    """
    mla = stated.architecture.mla
    return _latent_attention(stated, mla) if mla else _grouped_attention(stated)


def _grouped_attention(stated: Stated) -> Attention:
    kv_heads = stated.needed(stated.architecture.num_key_value_heads, "num_key_value_heads")
    hidden, layers = stated.hidden, stated.layers
    wide, narrow = stated.heads * stated.head_dim, kv_heads * stated.head_dim
    linears = (
        Linear("attention", "q", hidden, wide, layers),
        Linear("attention", "k", hidden, narrow, layers),
        Linear("attention", "v", hidden, narrow, layers),
        Linear("attention", "o", wide, hidden, layers),
    )
    return Attention(
        kv_heads, q_width=wide, k_width=narrow, v_width=narrow, o_width=wide, cached_width=2 * narrow, linears=linears
    )


def _latent_attention(stated: Stated, mla: LatentAttention) -> Attention:
    """
    Return attention that caches one compressed vector for all heads, and the part of the keys that has positions.

    Every head has keys and values of its own once they are unpacked, so that there are as many key heads as heads.

    Source:
        transformers, `modeling_deepseek_v3.py`
    """
    hidden, layers, heads = stated.hidden, stated.layers, stated.heads
    plain = mla.qk_nope_head_dim or stated.head_dim
    value = heads * (mla.v_head_dim or stated.head_dim)
    query = heads * (plain + mla.qk_rope_head_dim)
    queries = (
        (
            Linear("attention", "q_a", hidden, mla.q_lora_rank, layers),
            Linear("attention", "q_b", mla.q_lora_rank, query, layers),
        )
        if mla.q_lora_rank
        else (Linear("attention", "q", hidden, query, layers),)
    )
    cached = mla.kv_lora_rank + mla.qk_rope_head_dim
    linears = (
        *queries,
        Linear("attention", "kv_a", hidden, cached, layers),
        Linear("attention", "kv_b", mla.kv_lora_rank, heads * plain + value, layers),
        Linear("attention", "o", value, hidden, layers),
    )
    return Attention(
        heads, q_width=query, k_width=query, v_width=value, o_width=value, cached_width=cached, linears=linears
    )


class FeedForward(NamedTuple):
    """
    The feed-forward layers.

    Args:
        moe_layers: Layers with experts.

        active: Experts that a token passes.

        expert_intermediate: Width of one expert.

        shared_intermediate: Width of the shared experts together; 0 where there are none.

        dense_layers: Layers with one feed-forward layer for every token.

        dense_intermediate: Its width.
    """

    moe_layers: int = 0
    experts: int = 0
    active: int = 0
    expert_intermediate: int = 0
    shared_intermediate: int = 0
    dense_layers: int = 0
    dense_intermediate: int = 0

    def linears(self, hidden: int, *, is_gated: bool) -> tuple[Linear, ...]:
        """Return the matrices of all of them; a gate is a further matrix beside that which goes up."""
        places: tuple[tuple[Place, int, int], ...] = (
            ("dense", self.dense_intermediate, self.dense_layers),
            ("expert", self.expert_intermediate, self.moe_layers * self.experts),
            ("shared", self.shared_intermediate, self.moe_layers),
        )
        kinds = ("gate", "up") if is_gated else ("up",)
        return tuple(
            linear
            for place, width, count in places
            if width and count
            for linear in (
                *(Linear(place, kind, hidden, width, count) for kind in kinds),
                Linear(place, "down", width, hidden, count),
            )
        )


def feed_forward_of(stated: Stated) -> FeedForward:
    """
    Return the feed-forward layers of a network.

    Raises:
        MissingShapeError: It lacks a number that nothing else tells.
    """
    moe, whole = stated.architecture.moe, stated.architecture.intermediate_size
    if moe is None:
        return FeedForward(dense_layers=stated.layers, dense_intermediate=stated.needed(whole, "intermediate_size"))
    dense_layers = min(moe.first_k_dense_replace or 0, stated.layers)
    # Experts without a width of their own are as wide as the network's feed-forward layer (Mixtral).
    width = moe.moe_intermediate_size or stated.needed(whole, "moe.moe_intermediate_size")
    return FeedForward(
        moe_layers=stated.layers - dense_layers,
        experts=moe.num_experts,
        active=min(moe.num_experts_per_tok, moe.num_experts),
        expert_intermediate=width,
        shared_intermediate=moe.shared_expert_intermediate_size or (moe.n_shared_experts or 0) * width,
        dense_layers=dense_layers,
        dense_intermediate=stated.needed(whole, "intermediate_size") if dense_layers else 0,
    )
