"""The matrices of a layer, and what an entry states of its network."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from model_garden_registry.entries.architecture import Architecture
from model_garden_registry.errors import MissingShapeError

Place = Literal["attention", "dense", "expert", "shared"]


class Linear(NamedTuple):
    """
    A kind of linear layer.

    Args:
        place: Its place in the layer; mixers without a cache take the place of attention.

        name: Its role, under one name for all checkpoints; for a mixer without a cache, its own name.

        d_in: Width of the input.

        d_out: Width of the output.

        instances: How many the network has.
    """

    place: Place
    name: str
    d_in: int
    d_out: int
    instances: int

    @property
    def parameters(self) -> int:
        """Weights of all instances."""
        return self.d_in * self.d_out * self.instances


def together(linears: Iterable[Linear]) -> tuple[Linear, ...]:
    """Merge equal layers of several groups, in order of first appearance."""
    counts: dict[tuple[Place, str, int, int], int] = {}
    for place, name, d_in, d_out, instances in linears:
        kind = place, name, d_in, d_out
        counts[kind] = counts.get(kind, 0) + instances
    return tuple(Linear(*kind, count) for kind, count in counts.items())


class Stated(NamedTuple):
    """
    What an entry states of its network.

    Args:
        model_id: The entry, for error messages.

        architecture: The architecture part of the entry.

        layers: A number that every network must have, like those that follow.
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
            MissingShapeError: It is not stated.
        """
        return _needed(self.model_id, value, field)

    @property
    def head_dim(self) -> int:
        """Width of a head; if not stated, the network's width divided by the heads, unless there are more heads."""
        return self.needed(self.architecture.head_dim or self.hidden // self.heads or None, "head_dim")


def read_stated(model_id: str, architecture: Architecture) -> Stated:
    """
    Return the numbers that every network must have.

    Raises:
        MissingShapeError: One of them is not stated.
    """
    fields = ("num_hidden_layers", "hidden_size", "vocab_size", "num_attention_heads")
    return Stated(model_id, architecture, *(_needed(model_id, getattr(architecture, field), field) for field in fields))


def _needed(model_id: str, value: int | None, field: str) -> int:
    if value is None:
        raise MissingShapeError(model_id, field)
    return value
