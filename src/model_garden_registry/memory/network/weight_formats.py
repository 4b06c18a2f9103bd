"""Bits of a weight, by number format, scales included."""

from __future__ import annotations

from typing import Literal, NamedTuple

from model_garden_registry.entries.requirements import Quantization

FormatName = Literal[
    "float32", "half", "fp8", "fp8-online", "fp8-block", "int8", "w8a8", "gptq-int8", "gptq-int4", "awq-int4",
    "w4a16-int4", "w8a16-int8", "mixed", "nf4", "nf4-dq", "mxfp4", "nvfp4",
]  # fmt: skip


class WeightFormat(NamedTuple):
    """
    The storage of linear layers in a number format.

    Args:
        bits: Bits of a weight, scales and zero points included.

        scale_bits: The share of these for block scales, which a kernel may keep twice.

        scratch: Bytes that the kernels keep for each weight of the largest layer: the buffer that they unpack into.

        experts_only: Whether only routed experts have this format, and everything else is in half precision.

        doubles_head: Whether a checkpoint with tied embeddings stores the head again.

        leaves_states: Whether mixers that keep a state stay in half precision.
    """

    bits: float
    scale_bits: float = 0
    scratch: float = 0
    experts_only: bool = False
    doubles_head: bool = False
    leaves_states: bool = False


#: A group of 128 weights shares a 16-bit scale, and in some formats a zero point as wide as a weight.
_GROUP = 128
_SYMMETRIC_GROUP = 16 / _GROUP

#: Source: the storage layouts of the libraries named.
WEIGHT_FORMATS: dict[FormatName, WeightFormat] = {
    "float32": WeightFormat(32),
    "half": WeightFormat(16),
    # One scale per output channel: negligible beside thousands of weights.
    "fp8": WeightFormat(8, doubles_head=True),
    # Quantised at load time: the head keeps the type of the embeddings.
    "fp8-online": WeightFormat(8),
    # A float32 scale for each block of 128 x 128.
    "fp8-block": WeightFormat(8 + 32 / 128**2, doubles_head=True),
    # bitsandbytes LLM.int8: a scale for each row.
    "int8": WeightFormat(8),
    # llm-compressor: its recipes skip linear attention, as accuracy suffers.
    "w8a8": WeightFormat(8, leaves_states=True),
    "gptq-int8": WeightFormat(8 + _SYMMETRIC_GROUP + 8 / _GROUP),
    # exllama unpacks a layer into half precision.
    "gptq-int4": WeightFormat(4 + _SYMMETRIC_GROUP + 4 / _GROUP, scratch=2),
    "awq-int4": WeightFormat(4 + _SYMMETRIC_GROUP + 4 / _GROUP),
    # compressed-tensors, symmetric.
    "w4a16-int4": WeightFormat(4 + _SYMMETRIC_GROUP, leaves_states=True),
    "w8a16-int8": WeightFormat(8 + _SYMMETRIC_GROUP, leaves_states=True),
    # Several formats: the size of the files tells the bits; without it, eight bits as a middle value.
    "mixed": WeightFormat(8),
    # bitsandbytes: a float32 scale for each 64 weights.
    "nf4": WeightFormat(4 + 32 / 64),
    # The scales themselves in 8 bits, with one float32 per 256 of them.
    "nf4-dq": WeightFormat(4 + 8 / 64 + 32 / (64 * 256)),
    # OCP microscaling: an 8-bit scale per 32 weights; gpt-oss stores its experts so.
    "mxfp4": WeightFormat(4 + 8 / 32, scale_bits=8 / 32, experts_only=True),
    # An 8-bit scale for each 16 weights.
    "nvfp4": WeightFormat(4 + 8 / 16, leaves_states=True),
}

#: Formats that exist with other group sizes.
GROUPED: frozenset[FormatName] = frozenset({"gptq-int4", "gptq-int8", "awq-int4", "w4a16-int4", "w8a16-int8"})

#: Formats whose kernels have no backward pass: weights are unpacked into half precision for training.
#: Source: transformers' quantizers: FP8 and MXFP4 are not trainable, compressed-tensors are decompressed.
UNTRAINABLE: frozenset[FormatName] = frozenset(
    {"fp8", "fp8-block", "mxfp4", "nvfp4", "w4a16-int4", "w8a16-int8", "w8a8", "mixed"}
)

#: By the method of an entry, if its type says nothing more.
_BY_METHOD: dict[str, FormatName] = {
    "4bit": "nf4-dq",
    "8bit": "int8",
    "awq": "awq-int4",
    "gptq": "gptq-int4",
    "fp8": "fp8-block",
    "mxfp4": "mxfp4",
    "nvfp4": "nvfp4",
    "w4a16": "w4a16-int4",
    "w8a8": "w8a8",
    "w8a16": "w8a16-int8",
    "mixed": "mixed",
}

#: By method and type together.
_BY_BOTH: dict[tuple[str, str], FormatName] = {
    ("4bit", "awq"): "awq-int4",
    ("4bit", "gptq"): "gptq-int4",
    ("8bit", "gptq"): "gptq-int8",
    ("4bit", "compressed-tensors"): "w4a16-int4",
    ("8bit", "compressed-tensors"): "w8a8",
    ("fp8", "compressed-tensors"): "fp8",
    ("fp8", "modelopt"): "fp8",
    ("4bit", "modelopt"): "nvfp4",
    ("4bit", "mxfp4"): "mxfp4",
    ("8bit", "fp8"): "fp8",
}

#: The words ``method/type`` of formats that an engine makes from half-precision weights at load time.
_MADE_WHILE_LOADING = {"bitsandbytes": "4bit/bitsandbytes", "fp8": "fp8/fp8"}

#: Formats that an engine makes from half-precision weights at load time.
_IN_FLIGHT: dict[str, FormatName] = {"bitsandbytes": "nf4", "fp8": "fp8-online"}


#: Words of engine formats in our tables, where an entry uses other words for the same format.
_TABLE_WORDS: dict[tuple[str, str], str] = {
    ("4bit", "bitsandbytes-dynamic"): "4bit/bitsandbytes",
    ("4bit", "awq"): "awq/awq",
    ("4bit", "gptq"): "gptq/gptq",
    ("8bit", "fp8"): "fp8/fp8",
    ("4bit", "modelopt"): "nvfp4/modelopt",
    ("4bit", "mxfp4"): "mxfp4/mxfp4",
    ("8bit", "compressed-tensors"): "w8a8/compressed-tensors",
    **{(method, "compressed-tensors"): "w4a16/compressed-tensors" for method in ("4bit", "awq", "gptq", "w8a16")},
}


def table_words(quantization: Quantization, engine_quantization: str | None = None) -> str | None:
    """
    Return the words ``method/type`` of the format in ``storage/engines.json``.

    Args:
        engine_quantization: The format that the engine is told to make of half-precision weights at load time.

    Returns:
        None: the weights are in half precision or float32.
    """
    method, kind = quantization.method, quantization.type or ""
    if method is None:
        return _MADE_WHILE_LOADING.get(engine_quantization or "")
    return _TABLE_WORDS.get((method, kind), f"{method}/{kind}")


def grouped_bits(name: FormatName, group_size: int) -> float:
    """Return the bits of a weight with this group size; formats with fixed groups have the bits of the table."""
    bits = WEIGHT_FORMATS[name].bits
    return bits // 1 + bits % 1 * _GROUP / group_size if name in GROUPED else bits


def published_format(quantization: Quantization) -> FormatName:
    """Return the number format of an entry's linear layers."""
    if quantization.method is None:
        return "half"
    return _BY_BOTH.get((quantization.method, quantization.type or ""), _BY_METHOD[quantization.method])


def served_format(quantization: Quantization, engine_quantization: str | None) -> FormatName:
    """Return the format in the engine's memory; an engine may quantise weights published in half precision."""
    published = published_format(quantization)
    if published == "half" and engine_quantization:
        return _IN_FLIGHT.get(engine_quantization, "half")
    return published
