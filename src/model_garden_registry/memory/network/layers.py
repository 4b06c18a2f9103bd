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
        place: Where it stands; the layers of a mixer without a cache stand where attention would.

        name: What it does there, in one word for all checkpoints; of a mixer without a cache, its own name.

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


def together(linears: Iterable[Linear]) -> tuple[Linear, ...]:
    """Put equal layers of several groups together, in the order in which they come first."""
    counts: dict[Linear, int] = {}
    for linear in linears:
        kind = linear._replace(instances=0)
        counts[kind] = counts.get(kind, 0) + linear.instances
    return tuple(kind._replace(instances=count) for kind, count in counts.items())


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
