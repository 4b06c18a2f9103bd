"""The numbers of a network that the formulas need, all present, from what an entry states."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from model_garden_registry.entries.architecture import Architecture
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.errors import MissingShapeError
from model_garden_registry.memory.network.families import Family, family_of
from model_garden_registry.memory.network.layers import Linear, attention_of, feed_forward_of, read_stated

#: What an entry without an architecture states.
_NOTHING = Architecture()


class Shape(NamedTuple):
    """
    A network in numbers.

    Args:
        q_width: Queries of one token, all heads.

        k_width: Keys of one token in a layer's own heads.

        v_width: Values, likewise.

        o_width: Attention output of one token, all heads.

        cached_width: Elements of the cache for one token and layer.

        dense_layers: Layers with one feed-forward layer for every token.

        intermediate: Its width.

        moe_layers: Layers with experts.

        expert_intermediate: Width of one expert.

        shared_intermediate: Width of the shared experts together; 0 where there are none.

        family: What its layers are made of.

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
    family: Family
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
    Return the network of an entry in numbers.

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
    numbers = read_stated(model_id, stated)
    layers, hidden, vocab = numbers.layers, numbers.hidden, numbers.vocab
    attention, feed_forward = attention_of(numbers), feed_forward_of(numbers)
    family = family_of(stated.model_type)
    linears = (*attention.linears, *feed_forward.linears(hidden, is_gated=family.matrices == 3))
    counted = sum(linear.parameters for linear in linears)
    ends = vocab * hidden * (1 if stated.tie_word_embeddings else 2)
    tower = (stated.vision.parameters or 0) if stated.vision else 0
    # Two norms in each layer and one before the head; the router scores every expert from the whole stream.
    norms = (2 * layers + 1) * hidden
    router = feed_forward.moe_layers * feed_forward.experts * hidden
    parameters = stated.parameters or counted + ends + tower + norms + router
    # A layout that is not known here may count more than the entry states; what is not linear stays what it is.
    linear_parameters = max(0, min(counted, parameters - ends - tower))
    expert_parameters = sum(linear.parameters for linear in linears if linear.place == "expert")
    window = stated.sliding_window
    return Shape(
        layers=layers,
        hidden=hidden,
        vocab=vocab,
        heads=numbers.heads,
        kv_heads=attention.kv_heads,
        q_width=attention.q_width,
        k_width=attention.k_width,
        v_width=attention.v_width,
        o_width=attention.o_width,
        cached_width=attention.cached_width,
        dense_layers=feed_forward.dense_layers,
        intermediate=feed_forward.dense_intermediate,
        moe_layers=feed_forward.moe_layers,
        experts=feed_forward.experts,
        active_experts=feed_forward.active,
        expert_intermediate=feed_forward.expert_intermediate,
        shared_intermediate=feed_forward.shared_intermediate,
        family=family,
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
