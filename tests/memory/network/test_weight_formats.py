"""Bits of a weight, by number format."""

from __future__ import annotations

from typing import get_args

import pytest

from model_garden_registry.entries.requirements import Quantization, QuantizationMethod
from model_garden_registry.memory.network.weight_formats import (
    WEIGHT_FORMATS,
    FormatName,
    published_format,
    served_format,
)


@pytest.mark.parametrize(
    ("method", "kind", "name"),
    [
        (None, None, "half"),
        ("4bit", "bitsandbytes", "nf4-dq"),
        ("8bit", "bitsandbytes", "int8"),
        ("awq", "awq", "awq-int4"),
        ("4bit", "awq", "awq-int4"),
        ("gptq", "gptq", "gptq-int4"),
        ("8bit", "gptq", "gptq-int8"),
        ("fp8", "fp8", "fp8-block"),
        ("fp8", "compressed-tensors", "fp8"),
        ("w4a16", "compressed-tensors", "w4a16-int4"),
        ("w8a8", "compressed-tensors", "w8a8"),
        ("mxfp4", "mxfp4", "mxfp4"),
        ("nvfp4", "modelopt", "nvfp4"),
        ("4bit", None, "nf4-dq"),
    ],
)
def test_method_and_type_name_a_format(method: str | None, kind: str | None, name: FormatName) -> None:
    """As the libraries store it."""
    assert published_format(Quantization.model_validate({"method": method, "type": kind})) == name


@pytest.mark.parametrize("method", get_args(QuantizationMethod))
def test_every_method_has_a_format(method: QuantizationMethod) -> None:
    """A file can name no method that cannot be sized."""
    assert published_format(Quantization(method=method, type=None)) in get_args(FormatName)


def test_every_format_is_described() -> None:
    """The names and the table are the same set."""
    assert set(WEIGHT_FORMATS) == set(get_args(FormatName))


@pytest.mark.parametrize(
    ("name", "bits"),
    [("half", 16), ("fp8-block", 8.002), ("gptq-int4", 4.156), ("nf4", 4.5), ("nf4-dq", 4.127), ("mxfp4", 4.25)],
)
def test_scales_are_counted(name: FormatName, bits: float) -> None:
    """A weight's own bits, its share of scales and zero points."""
    assert WEIGHT_FORMATS[name].bits == pytest.approx(bits, abs=0.0005)


@pytest.mark.parametrize(
    ("method", "engine", "name"),
    [
        (None, None, "half"),
        (None, "bitsandbytes", "nf4"),
        (None, "fp8", "fp8-online"),
        (None, "gptq", "half"),
        ("awq", "awq", "awq-int4"),
    ],
)
def test_an_engine_may_quantise_what_is_not(method: str | None, engine: str | None, name: FormatName) -> None:
    """Half-precision weights only; what is quantised stays as it is."""
    quantization = Quantization.model_validate({"method": method, "type": "awq" if method else None})

    assert served_format(quantization, engine) == name
