"""The smallest GPU that is enough, and what requirements state by that."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry import load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.entries.settings.merging import Layer, merge
from model_garden_registry.hardware.gpu_table import gpu_table
from model_garden_registry.memory.fitting.budgets import fits
from model_garden_registry.memory.fitting.gpu_sizes import (
    GPU_SIZES_GB,
    gpu_size_gb,
    least_settings,
    required_memory,
    smallest_gpu_gb,
)
from model_garden_registry.units import GB

REGISTRY = load_registry(bundled_registry())
LLAMA = REGISTRY["meta-llama/Llama-3.1-8B-Instruct"]
ENTRIES = [entry for entry in REGISTRY.values() if entry.training_defaults]


def test_every_size_on_sale_is_that_of_a_known_gpu() -> None:
    """In rising order."""
    assert set(GPU_SIZES_GB) <= {row.marketing_gb for row in gpu_table()}
    assert list(GPU_SIZES_GB) == sorted(GPU_SIZES_GB)


@pytest.mark.parametrize(("least", "size"), [(1, 6), (6, 6), (7, 8), (25, 32), (288, 288), (289, 289)])
def test_the_next_size_on_sale(least: int, size: int) -> None:
    """At least so large; above the largest, what is asked for."""
    assert gpu_size_gb(least) == size


def test_a_minimum_is_for_a_batch_of_one() -> None:
    """Everything else stays; serving has no batch."""
    trained = merge(LLAMA, "training", Layer({"batch_size": 4, "r": 8}))
    served = merge(LLAMA, "inference", Layer({"concurrent": 4}))
    least = least_settings(trained)

    assert {name for name, value in trained.as_dict().items() if least.as_dict()[name] != value} == {"batch_size"}
    assert least.batch_size == 1
    assert least_settings(served) == served


@given(entry=st.sampled_from(ENTRIES), task=st.sampled_from(["training", "inference"]))
def test_the_minimum_fits_a_batch_of_one_and_the_recommended_size_the_settings(entry: Any, task: Any) -> None:
    """Of sizes on sale, as far as there are any so large, the first above the minimum."""
    settings = merge(entry, task)
    minimum, recommended = required_memory(entry, settings)
    need = smallest_gpu_gb(entry, settings)

    assert minimum == smallest_gpu_gb(entry, least_settings(settings))
    assert recommended >= max(need, minimum + 1)
    assert not [size for size in GPU_SIZES_GB if minimum < size < recommended and size >= need]


@given(
    entry=st.sampled_from(ENTRIES),
    task=st.sampled_from(["training", "inference"]),
    share=st.sampled_from([0.0, 0.1, 0.85, 0.95, 1.0]),
    eager=st.booleans(),
)
def test_the_smallest_gpu_fits_and_no_smaller_one_does(entry: Any, task: Any, share: float, eager: bool) -> None:
    """In whole GB, or to a thousandth, whatever share the engine has, with its graphs and without."""
    overrides = {"gpu_memory_utilization": share, "enforce_eager": eager} if task == "inference" else {}
    settings = merge(entry, task, Layer(overrides))
    smallest = smallest_gpu_gb(entry, settings)
    step = max(1, smallest // 1000)
    enough = [size for size in range(1, smallest + 1) if fits(entry, settings, gpu_total_bytes=size * GB)]

    assert enough[-1] == smallest
    assert enough[0] > smallest - step
