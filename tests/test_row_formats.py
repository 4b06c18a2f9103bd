"""The number format of a measured row's weights."""

from __future__ import annotations

import pytest
from benchmarks.row_formats import in_format, loaded_bits

from model_garden_registry import load_registry
from model_garden_registry.bundled import bundled_registry

REGISTRY = load_registry(bundled_registry())
HALF, FP8, GPTQ, NF4 = (
    *("Qwen/Qwen3-8B", "Qwen/Qwen3-235B-A22B-FP8", "Qwen/Qwen3.5-27B-GPTQ-Int4"),
    "unsloth/Qwen3-14B-bnb-4bit",
)


@pytest.mark.parametrize(
    ("task", "quant", "arch", "stored"),
    [
        ("inference", "", HALF, (None, None)),
        ("inference", "", FP8, ("fp8", "fp8")),
        ("inference", "bf16", FP8, (None, None)),
        ("inference", "fp8", FP8, ("fp8", "fp8")),
        ("inference", "fp8 fp8kv", HALF, ("fp8", "compressed-tensors")),
        ("inference", "nvfp4 fp8kv", HALF, ("nvfp4", "modelopt")),
        ("inference", "fp8kv", HALF, (None, None)),
        ("inference", "nvfp4", GPTQ, ("nvfp4", "modelopt")),
        ("inference", "int4", GPTQ, ("gptq", "gptq")),
        ("inference", "int4", HALF, ("w4a16", "compressed-tensors")),
        ("inference", "awq", HALF, ("awq", "awq")),
        ("inference", "gptq-int8", HALF, ("8bit", "gptq")),
        ("training", "nf4-dq(dynamic)", NF4, ("4bit", "bitsandbytes")),
        ("training", "nf4-dq", HALF, (None, None)),
        ("training", "nf4-dq", FP8, (None, None)),
        ("training", "int8", HALF, (None, None)),
        ("training", "bf16", NF4, (None, None)),
    ],
)
def test_the_entry_is_in_the_format_of_the_row(
    task: str, quant: str, arch: str, stored: tuple[str | None, str | None]
) -> None:
    """As published for serving; for training what bitsandbytes loads is published in half precision or so."""
    found = in_format(REGISTRY[arch], {"task": task, "quant": quant}).quantization

    assert (found.method, found.type) == stored


@pytest.mark.parametrize(
    ("quant", "bits"),
    [("nf4-dq(dynamic)", 4), ("4-bit requested; experts stay bf16", 4), ("int8", 8), ("bf16", None), ("", None)],
)
def test_bits_that_training_loads(quant: str, bits: int | None) -> None:
    """By the first word."""
    assert loaded_bits({"quant": quant}) == bits


def test_a_format_that_nothing_is_known_of_is_refused() -> None:
    """With its name."""
    with pytest.raises(ValueError, match="unknown quantisation 'ternary'"):
        in_format(REGISTRY[HALF], {"task": "inference", "quant": "ternary"})
