"""The number format of a measured row's weights, from its column `quant`: ``nf4-dq(dynamic)``, ``nvfp4 fp8kv``."""

from __future__ import annotations

import re
from typing import NamedTuple

from benchmarks.row_stacks import Row
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.requirements import Quantization, QuantizationMethod, QuantizationType


class Format(NamedTuple):
    """
    A number format as rows name it.

    Args:
        words: How its name begins.

        method: Of an entry whose weights are in it.

        kind: Likewise.

        alike: Methods of entries that are in such a format already.
    """

    words: str
    method: QuantizationMethod | None
    kind: QuantizationType | None
    alike: tuple[QuantizationMethod | None, ...]


#: The first that fits; a word that names a family of formats stands for the most usual of them.
_SERVED = (
    Format(r"bf16|fp16|fp32|float|half|none|$", None, None, (None,)),
    Format(r"nvfp4|fp4|modelopt-fp4", "nvfp4", "modelopt", ("nvfp4",)),
    Format(r"mxfp4", "mxfp4", "mxfp4", ("mxfp4",)),
    Format(r"awq", "awq", "awq", ("awq",)),
    Format(r"gptq-(?:int)?8", "8bit", "gptq", ("8bit", "gptq")),
    Format(r"gptq", "gptq", "gptq", ("gptq",)),
    Format(r"nf4|bnb|bitsandbytes", "4bit", "bitsandbytes", ("4bit",)),
    Format(r"int4|w4a16|auto-?round|4-?bit", "w4a16", "compressed-tensors", ("w4a16", "awq", "gptq", "4bit")),
    Format(r"int8|w8a8|8-?bit", "w8a8", "compressed-tensors", ("w8a8", "8bit")),
    Format(r"fp8-block", "fp8", "fp8", ("fp8",)),
    Format(r"fp8|w8a16|mxfp8", "fp8", "compressed-tensors", ("fp8",)),
)
#: What bitsandbytes makes of weights while it loads them for training.
_LOADED = {4: r"nf4|bnb|4-?bit|int4", 8: r"int8|8-?bit"}


def loaded_bits(row: Row) -> int | None:
    """Return the bits of weights that bitsandbytes has quantised for training; None if it has not."""
    return next((bits for bits, words in _LOADED.items() if re.match(words, _word(row))), None)


def in_format(entry: ModelInfo, row: Row) -> ModelInfo:
    """
    Return an entry whose weights are published in the format that a row was run in; the same where it is already.

    Raises:
        ValueError: No such format is known.
    """
    stated = entry.quantization.method
    if row["task"] == "training" and (bits := loaded_bits(row)):
        # What bitsandbytes quantises is published so, or in half precision.
        found = Format("", None, None, (None, "4bit" if bits == 4 else "8bit"))
    else:
        found = _format(row)
    if stated in found.alike or not row.get("quant"):
        return entry
    return entry.model_copy(
        update={"quantization": Quantization.model_validate({"method": found.method, "type": found.kind})}
    )


def _format(row: Row) -> Format:
    word = _word(row)
    found = next((known for known in _SERVED if re.match(known.words, word)), None)
    if found is None:
        raise ValueError(f"unknown quantisation {row['quant']!r}")
    return found


def _word(row: Row) -> str:
    """Return the first word that is about weights: ``fp8kv`` is about the cache."""
    words = re.findall(r"[\w.-]+", row.get("quant", "").lower().replace("_", "-"))
    return next((word for word in words if not word.endswith("kv")), "")
