"""Bytes of the weights: linear layers in their number format, everything else in half precision or float32."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.part import MOST_KEPT
from model_garden_registry.memory.network.shape import Shape, shape_of
from model_garden_registry.memory.network.weight_formats import (
    WEIGHT_FORMATS,
    FormatName,
    WeightFormat,
    grouped_bits,
    published_format,
)


def weight_bytes(shape: Shape, format_name: FormatName, *, rest_bytes: int = 2) -> float:
    """
    Return the bytes of all weights.

    Args:
        rest_bytes: Bytes of a weight that is not quantised: embeddings, head, norms, vision tower.

    Source:
        docs/memory-model.md#weights
    """
    kind = format_in(shape, format_name)
    if format_name in ("half", "float32"):
        return shape.parameters * kind.bits / 8
    quantised, rest = _quantised_and_rest(shape, kind)
    return quantised * kind.bits / 8 + rest * rest_bytes


def format_in(shape: Shape, name: FormatName) -> WeightFormat:
    """
    Return a format as a network has it: with its own group size, and with the bits that its files show.

    Linear layers that the files leave in half precision raise the average bits of all.
    """
    kind, own = WEIGHT_FORMATS[name], shape.published
    if own is None or own.format_name != name or name == "half":
        return kind
    if own.group_size:
        kind = kind._replace(bits=grouped_bits(name, own.group_size))
    if own.file_bytes:
        quantised, rest = _quantised_and_rest(shape, kind)
        if quantised:
            kind = kind._replace(bits=max(1.0, 8 * (own.file_bytes - rest * shape.published_bytes) / quantised))
    return kind


def _quantised_and_rest(shape: Shape, kind: WeightFormat) -> tuple[int, int]:
    """Return the weights that a format quantises, and all others."""
    quantised = shape.expert_parameters if kind.experts_only else shape.linear_parameters
    quantised -= shape.stateful_parameters if kind.leaves_states else 0
    head = shape.vocab * shape.hidden if kind.doubles_head and shape.is_tied else 0
    return quantised, shape.parameters - quantised + head


class Stored(NamedTuple):
    """
    How a framework without a serving engine stores weights.

    Args:
        format_name: Format of the linear layers.

        rest_bytes: Bytes of a weight that is not quantised: embeddings, head, norms, vision tower.

        expert_bytes: Bytes of a routed expert's weight; None: in the format of the linear layers.

        quantizes_tower: Whether the vision tower is quantised like other linear layers.

        unties_head: Whether a tied head becomes a matrix of its own.

        quantizes_head: Whether the head is quantised like other linear layers.

        has_head: Whether there is a head; without one (a scalar score comes out), its weights count as 0.

        unpacked_matrices: Matrices of each quantised expert of a layer that are unpacked at once; 0: one matrix of one
            expert.
    """

    format_name: FormatName
    rest_bytes: int = 2
    expert_bytes: int | None = None
    quantizes_tower: bool = False
    unties_head: bool = False
    quantizes_head: bool = False
    has_head: bool = True
    unpacked_matrices: int = 0

    @property
    def is_quantized(self) -> bool:
        """Whether linear layers must be unpacked."""
        return self.format_name not in ("half", "float32")


def loaded_bytes(shape: Shape, stored: Stored) -> float:
    """
    Return the bytes of the weights after loading.

    Source:
        docs/memory-model.md#weights
    """
    kind, rest = format_in(shape, stored.format_name), stored.rest_bytes
    linear = kind.bits / 8
    head = shape.vocab * shape.hidden
    total = weight_bytes(shape, stored.format_name, rest_bytes=rest)
    if stored.expert_bytes is not None:
        total += shape.expert_parameters * (stored.expert_bytes - linear)
    if stored.quantizes_tower and stored.is_quantized:
        # All but a thousandth of a tower is linear layers.
        total += shape.tower_parameters * (linear - rest)
    if not stored.has_head:
        total -= shape.head_parameters * (rest if stored.is_quantized else linear)
    elif stored.unties_head and shape.is_tied:
        total += head * (rest if stored.is_quantized else linear)
    if stored.quantizes_head and stored.is_quantized and (stored.unties_head or not shape.is_tied):
        # A quantised head is unpacked as a whole when used.
        total += head * (linear - rest + 2)
    return total + kind.scratch * largest_linear(shape)


def unpacked_bytes(shape: Shape, stored: Stored) -> int:
    """
    Return the bytes unpacked into half precision at once: one matrix, or the experts of a layer together.

    Source:
        docs/memory-model.md#training
    """
    if not stored.is_quantized:
        return 0
    return 2 * max(largest_linear(shape), stored.unpacked_matrices * largest_expert_stack(shape))


@lru_cache(maxsize=MOST_KEPT)
def largest_expert_stack(shape: Shape) -> int:
    """Return the weights of one matrix of all experts of a layer, stacked."""
    return max(
        (
            linear.parameters // group.layers
            for group in shape.groups
            for linear in group.linears
            if linear.place == "expert"
        ),
        default=0,
    )


@lru_cache(maxsize=MOST_KEPT)
def largest_linear(shape: Shape) -> int:
    """Return the weights of the largest single linear layer."""
    return max((linear.d_in * linear.d_out for linear in shape.linears), default=0)


def published_weight_bytes(entry: ModelInfo) -> int:
    """
    Return the bytes of an entry's weights as published.

    Raises:
        MissingShapeError: The entry does not state its shape.
    """
    shape = shape_of(entry)
    name = published_format(entry.quantization)
    return round(weight_bytes(shape, "float32" if name == "half" and shape.published_bytes == 4 else name))
