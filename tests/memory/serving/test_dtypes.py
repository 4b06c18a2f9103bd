"""In which type an engine computes, and how it holds weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry.memory.estimation import estimate
from model_garden_registry.memory.gpu_memory import GpuMemory
from model_garden_registry.memory.serving.dtypes import Capability, format_support, loaded_format, served_dtype

Make = Callable[..., Any]

T4, A100, H100 = (7, 5), (8, 0), (9, 0)
SGLANG, TRANSFORMERS = {"engine": "sglang"}, {"engine": "transformers"}


@pytest.mark.parametrize(
    ("shape", "changes", "capability", "found"),
    [
        pytest.param("llama-3.1-8b", {}, A100, "bfloat16", id="as published"),
        pytest.param("llama-3.1-8b", {}, None, "bfloat16", id="on a GPU that is not known"),
        pytest.param("llama-3.1-8b", {}, T4, "float16", id="on a T4"),
        pytest.param("llama-3.1-8b", {"dtype": "float32"}, T4, "float32", id="as asked"),
        pytest.param("gemma-3-12b", {}, A100, "bfloat16", id="a family that is refused in float16"),
        pytest.param("gemma-3-12b", {}, T4, "float32", id="which is float32 on a T4"),
        pytest.param("gemma-3-12b", {"engine_version": "0.9.0"}, T4, "float16", id="and was not, before 0.9.1"),
        pytest.param("llama-3.1-8b", {"engine_version": "0.8.5"}, T4, "bfloat16", id="before 0.9.0 nothing fell back"),
        pytest.param("gemma-3-12b", SGLANG, T4, "float16", id="SGLang: float16 for all"),
        pytest.param("gemma-3-12b", {**SGLANG, "dtype": "bfloat16"}, T4, "float16", id="whatever is asked"),
        pytest.param("gemma-3-12b", {**SGLANG, "dtype": "bfloat16"}, None, "bfloat16", id="where it is known"),
        pytest.param("llama-3.1-8b", TRANSFORMERS, T4, "bfloat16", id="transformers: emulated"),
    ],
)
def test_the_type_that_an_engine_computes_in(
    shape: str, changes: dict[str, Any], capability: Capability, found: str, model: Make, inference: Make
) -> None:
    """As asked, or as GPU and family allow."""
    entry = model(shape)

    assert served_dtype(entry, inference(entry, **changes), capability) == found


@pytest.mark.parametrize(
    ("shape", "found"),
    [pytest.param("llama-3.1-8b", "float16", id="as it is"), pytest.param("gemma-3-12b", "bfloat16")],
)
def test_weights_that_were_published_in_float16(shape: str, found: str, model: Make, inference: Make) -> None:
    """Stay so, but for families that are refused in it."""
    entry = model(shape)
    half = entry.model_copy(update={"architecture": entry.architecture.model_copy(update={"dtype": "float16"})})

    assert served_dtype(half, inference(half), A100) == found


def test_an_entry_without_a_shape_is_taken_for_bfloat16(model: Make, inference: Make) -> None:
    """As nearly all are published today."""
    entry = model().model_copy(update={"architecture": None})

    assert served_dtype(entry, inference(entry), A100) == "bfloat16"


@pytest.mark.parametrize(
    ("quantization", "changes", "capability", "found"),
    [
        pytest.param(("fp8", "fp8"), {}, T4, "fp8-block", id="vLLM: unpacked for each product"),
        pytest.param(("fp8", "fp8"), TRANSFORMERS, A100, "half", id="transformers: when it is loaded"),
        pytest.param(("fp8", "fp8"), TRANSFORMERS, H100, "fp8-block", id="where it has kernels"),
        pytest.param(("fp8", "fp8"), TRANSFORMERS, None, "fp8-block", id="on a GPU that is not known"),
        pytest.param(None, {"quantization": "fp8"}, A100, "fp8-online", id="made while loading"),
        pytest.param(None, {}, A100, "half", id="nothing to unpack"),
    ],
)
def test_how_weights_are_held(
    quantization: tuple[str, str] | None,
    changes: dict[str, Any],
    capability: Capability,
    found: str,
    model: Make,
    inference: Make,
) -> None:
    """In their format, but where an engine has no kernels for it and unpacks them."""
    entry = model(quantization=quantization)

    assert loaded_format(entry, inference(entry, **changes), capability) == found


@pytest.mark.parametrize(
    ("quantization", "changes", "least"),
    [
        pytest.param(("4bit", "awq"), {}, "7.5", id="another word for the same"),
        pytest.param(("w8a16", "compressed-tensors"), {}, "7.5", id="a width of the same kernels"),
        pytest.param(None, {"quantization": "fp8"}, "7.5", id="made while loading"),
        pytest.param(None, {}, None, id="plain weights"),
        pytest.param(("mxfp4", "mxfp4"), {"engine_version": "0.9.0"}, None, id="a release that does not load it"),
    ],
)
def test_how_an_engine_takes_a_format(
    quantization: tuple[str, str] | None, changes: dict[str, Any], least: str | None, model: Make, inference: Make
) -> None:
    """By the words of the table, whatever words an entry has for it."""
    entry = model(quantization=quantization)
    support = format_support(entry, inference(entry, **changes))

    assert (support and support.least) == least


def test_the_memory_is_that_of_the_type(model: Make, inference: Make) -> None:
    """Gemma 3 on a T4 has weights and cache of four bytes an element under vLLM, and of two under SGLang."""
    entry = model("gemma-3-12b")
    t4, a10 = (GpuMemory(48 * 10**9, capability=each) for each in (T4, (8, 6)))

    narrow, wide = (estimate(entry, inference(entry), gpu_total_bytes=gpu).parts for gpu in (a10, t4))
    assert (wide["weights"], wide["kv_cache"]) == (2 * narrow["weights"], 2 * narrow["kv_cache"])
    other = estimate(entry, inference(entry, engine="sglang"), gpu_total_bytes=t4).parts
    assert other["weights"] == narrow["weights"]
