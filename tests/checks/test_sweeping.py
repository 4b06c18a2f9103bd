"""Many values of one setting."""

from __future__ import annotations

from typing import Any

import pytest

from model_garden_registry import ModelRegistry, known_gpu, load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.errors import InvalidOverrideError, UnsupportedTaskError

LLAMA = "meta-llama/Llama-3.1-8B-Instruct"


@pytest.fixture(scope="module")
def registry() -> ModelRegistry:
    """Give the shipped registry."""
    return load_registry(bundled_registry())


@pytest.mark.parametrize(
    ("setting", "values", "name"),
    [
        pytest.param("batch_size", (1, 4), "batch_size", id="a leaf"),
        pytest.param("lora_config.r", ("8", "64"), "r", id="a path, texts"),
        pytest.param("target_modules", (["q_proj"], ["q_proj", "v_proj"]), "target_modules", id="lists"),
        pytest.param("method", ("lora", "full"), "method", id="words"),
    ],
)
def test_a_point_is_what_the_registry_says_of_its_value(
    setting: str, values: tuple[Any, ...], name: str, registry: ModelRegistry
) -> None:
    """Estimate and verdict, without remedies, are those of the value alone."""
    swept = registry.sweep(LLAMA, "training", setting=setting, values=values, hardware=known_gpu("L4"))

    assert (swept.subject, swept.task, swept.setting, len(swept.points)) == (LLAMA, "training", name, len(values))
    for point, value in zip(swept.points, values, strict=True):
        alone = registry.assess(LLAMA, "training", overrides={setting: value}, hardware=known_gpu("L4"))
        assert point.estimate == alone.estimate
        assert point.report is not None
        assert (point.report.findings, point.report.remedies) == (alone.report.findings, ())


def test_without_hardware_there_is_no_verdict(registry: ModelRegistry) -> None:
    """What fails whatever the hardware is still said."""
    swept = registry.sweep(LLAMA, "inference", setting="tensor_parallel_size", values=(1, 3))

    assert [point.report for point in swept.points] == [None, None]
    assert [point.refusals for point in swept.points] == [
        (),
        ("tensor_parallel_size 3 does not divide 32 attention heads",),
    ]


@pytest.mark.parametrize(
    ("setting", "values", "is_flat"),
    [
        pytest.param("learning_rate", (1e-4, 2e-4), True, id="needs no memory"),
        pytest.param("learning_rate", (1e-4,), False, id="one value"),
        pytest.param("batch_size", (1, 2), False, id="needs memory"),
    ],
)
def test_a_flat_sweep_says_so(setting: str, values: tuple[float, ...], is_flat: bool, registry: ModelRegistry) -> None:
    """Several values with the same memory."""
    assert registry.sweep(LLAMA, "training", setting=setting, values=values).is_flat == is_flat


def test_layers_lie_below_the_swept_setting(registry: ModelRegistry) -> None:
    """The value of the sweep wins; other overrides hold for every point."""
    over = {"batch_size": 7, "max_seq_length": 512}
    swept = registry.sweep(LLAMA, "training", setting="batch_size", values=(1,), overrides=over)

    assert swept.points[0].estimate == registry.estimate(LLAMA, "training", batch_size=1, max_seq_length=512)


@pytest.mark.parametrize(
    ("model_id", "setting", "values", "error", "words"),
    [
        pytest.param(LLAMA, "batch_siz", (1,), InvalidOverrideError, "did you mean batch_size", id="no such setting"),
        pytest.param(LLAMA, "batch_size", (1, 0), InvalidOverrideError, "batch_size = 0", id="out of range"),
        pytest.param(LLAMA, "batch_size", ("x",), InvalidOverrideError, "from override: sweep", id="no number"),
        pytest.param("Qwen/Qwen3-8B-AWQ", "r", (8,), UnsupportedTaskError, "does not support", id="no defaults"),
    ],
)
def test_what_cannot_be_swept_is_an_error(
    model_id: str,
    setting: str,
    values: tuple[Any, ...],
    error: type[Exception],
    words: str,
    registry: ModelRegistry,
) -> None:
    """With the words that the setting alone gets."""
    with pytest.raises(error, match=words):
        registry.sweep(model_id, "training", setting=setting, values=values)
