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
    GPU_TOTALS_MIB,
    gpu_bytes,
    gpu_size_gb,
    least_settings,
    required_memory,
    smallest_gpu_gb,
)
from model_garden_registry.units import GB, MIB

REGISTRY = load_registry(bundled_registry())
LLAMA = REGISTRY["meta-llama/Llama-3.1-8B-Instruct"]
DISCRETE = [row for row in gpu_table() if not row.is_integrated]
ENTRIES = [entry for entry in REGISTRY.values() if entry.training_defaults]


def test_every_size_on_sale_is_what_the_smallest_gpu_of_that_size_has() -> None:
    """In whole decimal GB of its total, in rising order."""
    least = {
        size: min(row.total_bytes for row in DISCRETE if row.marketing_gb == size) // GB
        for size in (6, 8, 10, 12, 16, 24, 32, 40, 48, 80, 96, 141, 180, 288)
    }

    assert tuple(least.values()) == GPU_SIZES_GB


def test_the_totals_are_the_least_of_known_gpus_for_each_whole_gb() -> None:
    """Of GPUs that engines run on, from 7.0 on; where none has so many GB, of slices that were seen."""
    rows = [row for row in gpu_table() if row.compute_capability >= (7, 0)]
    slices = [mib for row in rows for profile, mib in row.mig_total_mib if profile not in row.mig_derived]
    least: dict[int, int] = {}
    for totals in ([row.nvml_total_mib for row in rows if row.nvml_total_mib], slices):
        known = set(least)
        for mib in totals:
            size = mib * MIB // GB
            if size not in known:
                least[size] = min(mib, least.get(size, mib))

    assert tuple(least[size] for size in sorted(least)) == GPU_TOTALS_MIB


@pytest.mark.parametrize(
    ("size", "name"), [(24, "L4"), (24, "A10G"), (16, "A16"), (85, "A100 SXM4 80GB"), (85, "H100 SXM5 80GB")]
)
def test_a_gpu_counts_with_all_that_its_driver_reports(size: int, name: str) -> None:
    """
    Those of one number differ by some tens of MiB, and each has at least what stands for the number.

    Source: nvidia-smi, by storage/gpus.json: L4 23034 MiB, A10G 23028, A16 15356, A100 81920, H100 81559.
    """
    total = next(row.total_bytes for row in gpu_table() if row.name == name)

    assert size * GB < gpu_bytes(size) <= total < (size + 1) * GB


def test_a_size_that_no_gpu_has_is_that_number() -> None:
    """Of what is sold tomorrow, nothing is assumed."""
    assert gpu_bytes(70) == 70 * GB


@pytest.mark.parametrize(("least", "size"), [(1, 6), (6, 6), (7, 8), (25, 34), (80, 85), (288, 288), (289, 289)])
def test_the_next_size_on_sale(least: int, size: int) -> None:
    """At least so large; above the largest, what is asked for."""
    assert gpu_size_gb(least) == size


def test_a_minimum_is_for_a_batch_of_one() -> None:
    """Everything else stays."""
    trained = merge(LLAMA, "training", Layer({"batch_size": 4, "r": 8}))
    least = least_settings(LLAMA, trained)

    assert {name for name, value in trained.as_dict().items() if least.as_dict()[name] != value} == {"batch_size"}
    assert least.batch_size == 1


@pytest.mark.parametrize(
    ("positions", "length", "expected"),
    [
        pytest.param(131072, 32768, 8192, id="shorter than the default"),
        pytest.param(131072, 2048, 8192, id="longer than the default"),
        pytest.param(4096, 4096, 4096, id="all positions"),
        pytest.param(None, 2048, 8192, id="positions not stated"),
    ],
)
def test_a_minimum_for_serving_is_for_the_same_length_everywhere(
    positions: int | None, length: int, expected: int
) -> None:
    """One sequence of 8,192 tokens, so that siblings compare."""
    assert LLAMA.architecture
    shape = LLAMA.architecture.model_copy(update={"max_position_embeddings": positions})
    settings = merge(LLAMA, "inference").model_copy(update={"max_model_len": length, "concurrent": 4})

    least = least_settings(LLAMA.model_copy(update={"architecture": shape}), settings)
    unstated = least_settings(LLAMA.model_copy(update={"architecture": None}), settings)

    assert (least.max_model_len, least.concurrent) == (expected, 1)
    assert unstated.max_model_len == 8192
    assert {name for name, value in settings.as_dict().items() if least.as_dict()[name] != value} <= {
        "max_model_len",
        "concurrent",
    }


@given(entry=st.sampled_from(ENTRIES), task=st.sampled_from(["training", "inference"]))
def test_the_minimum_fits_a_batch_of_one_and_the_recommended_size_the_settings(entry: Any, task: Any) -> None:
    """Of sizes on sale, as far as there are any so large, the first above the minimum."""
    settings = merge(entry, task)
    minimum, recommended = required_memory(entry, settings)
    need = smallest_gpu_gb(entry, settings)

    assert minimum == smallest_gpu_gb(entry, least_settings(entry, settings))
    assert recommended >= max(need, minimum + 1)
    assert not [size for size in GPU_SIZES_GB if minimum < size < recommended and size >= need]


@given(
    entry=st.sampled_from(ENTRIES),
    task=st.sampled_from(["training", "inference"]),
    share=st.sampled_from([0.0, 0.1, 0.85, 0.95, 1.0]),
    eager=st.booleans(),
)
def test_the_smallest_gpu_fits_and_no_smaller_one_does(entry: Any, task: Any, share: float, eager: bool) -> None:
    """Of each whole GB the smallest known, or to a thousandth, at any share of the engine, with graphs and without."""
    overrides = {"gpu_memory_utilization": share, "enforce_eager": eager} if task == "inference" else {}
    settings = merge(entry, task, Layer(overrides))
    smallest = smallest_gpu_gb(entry, settings)
    step = max(1, smallest // 1000)
    enough = [size for size in range(1, smallest + 1) if fits(entry, settings, gpu_total_bytes=gpu_bytes(size))]

    assert enough[-1] == smallest
    assert enough[0] > smallest - step
