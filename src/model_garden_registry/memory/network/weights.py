"""Bytes of the weights: linear layers in their number format, everything else in half precision or float32."""

from __future__ import annotations

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.memory.network.shape import Shape, shape_of
from model_garden_registry.memory.network.weight_formats import WEIGHT_FORMATS, FormatName, published_format


def weight_bytes(shape: Shape, format_name: FormatName, *, rest_bytes: int = 2) -> float:
    """
    Give the bytes of all weights.

    Args:
        rest_bytes: Bytes of a weight that is not quantised: embeddings, head, norms, vision tower.

    Source:
        docs/memory-model.md#weights
    """
    kind = WEIGHT_FORMATS[format_name]
    quantised = shape.expert_parameters if kind.experts_only else shape.linear_parameters
    if format_name in ("half", "float32"):
        return shape.parameters * kind.bits / 8
    head = shape.vocab * shape.hidden if kind.doubles_head and shape.is_tied else 0
    return quantised * kind.bits / 8 + (shape.parameters - quantised + head) * rest_bytes


def loaded_bytes(
    shape: Shape,
    format_name: FormatName,
    *,
    rest_bytes: int = 2,
    unties_head: bool = False,
    quantizes_head: bool = False,
) -> float:
    """
    Give the bytes that weights take once a framework without an engine of its own has loaded them.

    Args:
        rest_bytes: As in ``weight_bytes``.

        unties_head: Whether a tied head is a matrix of its own all the same.

        quantizes_head: Whether the head is quantised like other linear layers.
    """
    kind, is_quantized = WEIGHT_FORMATS[format_name], format_name not in ("half", "float32")
    head = shape.vocab * shape.hidden
    total = weight_bytes(shape, format_name, rest_bytes=rest_bytes)
    if unties_head and shape.is_tied:
        total += head * (rest_bytes if is_quantized else kind.bits / 8)
    if quantizes_head and is_quantized and (unties_head or not shape.is_tied):
        # It is unpacked as a whole when it is used.
        total += head * (kind.bits / 8 - rest_bytes + 2)
    return total + kind.scratch * largest_linear(shape)


def largest_linear(shape: Shape) -> int:
    """Give the weights of the largest single linear layer."""
    return max((linear.d_in * linear.d_out for linear in shape.linears), default=0)


def published_weight_bytes(entry: ModelInfo) -> int:
    """
    Give the bytes of an entry's weights as they are published.

    Raises:
        MissingShapeError: The entry does not state its shape.
    """
    shape = shape_of(entry)
    name = published_format(entry.quantization)
    return round(weight_bytes(shape, "float32" if name == "half" and shape.published_bytes == 4 else name))
