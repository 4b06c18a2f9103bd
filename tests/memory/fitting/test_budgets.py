"""What an estimate may fill of a GPU."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry import load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.entries.settings.merging import Layer, merge
from model_garden_registry.memory.estimation import estimate
from model_garden_registry.memory.fitting.budgets import (
    Measure,
    budget_bytes,
    fits,
    largest_share,
    least_gpu_bytes,
)
from model_garden_registry.memory.serving.vllm import graphs_beside_share
from model_garden_registry.units import GB

REGISTRY = load_registry(bundled_registry())
LLAMA = REGISTRY["meta-llama/Llama-3.1-8B-Instruct"]
SHAPELESS = LLAMA.model_copy(update={"architecture": None})


def served(**overrides: Any) -> Any:
    """Merge settings for serving."""
    return merge(LLAMA, "inference", Layer(overrides))


@pytest.mark.parametrize(
    ("settings", "budget"),
    [
        pytest.param(merge(LLAMA, "training"), 24 * GB, id="training: all of it"),
        pytest.param(served(engine="transformers"), 24 * GB, id="transformers: all of it"),
        pytest.param(served(gpu_memory_utilization=0.9), 21_600_000_000, id="vLLM: its share"),
        pytest.param(
            served(gpu_memory_utilization=0.0, enforce_eager=True), 22_800_000_000, id="vLLM, automatic: 95 per cent"
        ),
    ],
)
def test_the_budget_is_what_the_engine_may_take(settings: Any, budget: int) -> None:
    """Of a GPU of 24 GB."""
    assert budget_bytes(LLAMA, settings, gpu_total_bytes=24 * GB) == budget


def test_graphs_reduce_an_automatic_share() -> None:
    """Before 0.20 the share is what they leave of 95 per cent, in hundredths rounded down; never below nothing."""
    settings = served(gpu_memory_utilization=0.0, engine_version="0.19.0")
    graphs = round(graphs_beside_share(LLAMA, settings))
    left = 0.95 * 40 * GB - graphs
    budget = budget_bytes(LLAMA, settings, gpu_total_bytes=40 * GB)

    assert left - 0.4 * GB < budget <= left
    assert budget_bytes(LLAMA, settings, gpu_total_bytes=graphs) == 0


@pytest.mark.parametrize(
    ("stated", "eager", "share"),
    [
        pytest.param(0.8, False, 0.8, id="graphs and driver fit beside it"),
        pytest.param(0.92, False, 0.92, id="just enough is left for them"),
        pytest.param(0.93, False, 0.92, id="too little is left for graphs"),
        pytest.param(1.0, False, 0.92, id="nothing is left for graphs and driver"),
        pytest.param(1.0, True, 0.98, id="without graphs, nothing is left for the driver"),
    ],
)
def test_a_share_that_is_set_counts_as_no_more_than_the_largest(*, stated: float, eager: bool, share: float) -> None:
    """Of a GPU of 16 GB before 0.20: 98 per cent less 0.95 GB of graphs, in hundredths rounded down."""
    settings = served(gpu_memory_utilization=stated, enforce_eager=eager, engine_version="0.19.0")

    assert largest_share(LLAMA, settings, gpu_total_bytes=16 * GB) == share


def test_a_share_that_is_set_of_an_unknown_gpu_leaves_the_driver_its_part() -> None:
    """Graphs take no part of a size that is not known."""
    shares = (0.9, 1.0)
    counted = [largest_share(LLAMA, served(gpu_memory_utilization=share), gpu_total_bytes=None) for share in shares]

    assert counted == [0.9, 0.98]


@given(
    entry=st.sampled_from([LLAMA, REGISTRY["openai/gpt-oss-20b"], REGISTRY["google/gemma-3-4b-it"]]),
    share=st.floats(0.01, 1.0),
    eager=st.booleans(),
    version=st.sampled_from(["0.19.0", "0.33.0"]),
    total=st.integers(GB, 200 * GB),
)
def test_graphs_and_driver_fit_beside_a_share_that_is_set(
    *, entry: Any, share: float, eager: bool, version: str, total: int
) -> None:
    """Whatever is set: what counts as there leaves the graphs, and the part that a driver keeps."""
    chosen = {"engine": "vllm", "engine_version": version, "gpu_memory_utilization": share, "enforce_eager": eager}
    settings = merge(entry, "inference", Layer(chosen))
    budget = budget_bytes(entry, settings, gpu_total_bytes=total)

    assert budget <= share * total
    assert budget == 0 or budget + graphs_beside_share(entry, settings) <= 0.98 * total


def test_a_cache_of_a_size_that_is_set_leaves_the_share_out_of_it() -> None:
    """Everything counts that the driver leaves, whatever the share says."""
    settings = served(gpu_memory_utilization=0.5, kv_cache_memory_gb=5)

    assert largest_share(LLAMA, settings, gpu_total_bytes=40 * GB) == 0.98
    assert least_gpu_bytes(LLAMA, settings, 98 * GB) == pytest.approx(100 * GB)


def test_graphs_of_an_unknown_shape_do_not_count() -> None:
    """Their size is not known."""
    settings = served(gpu_memory_utilization=0.0, engine_version="0.19.0")

    assert budget_bytes(SHAPELESS, settings, gpu_total_bytes=100 * GB) == 95 * GB


def test_exactly_the_safe_bytes_fit() -> None:
    """One byte less is too little."""
    settings = merge(LLAMA, "training")
    safe = estimate(LLAMA, settings).safe_bytes

    assert [fits(LLAMA, settings, gpu_total_bytes=total) for total in (safe, safe - 1)] == [True, False]


def test_a_task_fits_by_the_measure_that_is_asked_for() -> None:
    """For safe, for expected; of each, one byte less is too little."""
    settings = merge(LLAMA, "training")
    found = estimate(LLAMA, settings)
    least = [found.safe_bytes, found.expected_bytes]

    assert [
        [fits(LLAMA, settings, gpu_total_bytes=total, measure=measure) for total in (size, size - 1)]
        for measure, size in zip(Measure, least, strict=True)
    ] == [[True, False]] * 2


@pytest.mark.parametrize(
    ("settings", "least"),
    [
        pytest.param(merge(LLAMA, "training"), 19 * GB, id="training: what must fit"),
        pytest.param(served(gpu_memory_utilization=0.5, enforce_eager=True), 38 * GB, id="vLLM: by its share"),
        pytest.param(served(gpu_memory_utilization=1.0, enforce_eager=True), 19 * GB / 0.98, id="less the driver's"),
        pytest.param(served(gpu_memory_utilization=0.0, enforce_eager=True), 20 * GB, id="by the largest share"),
    ],
)
def test_no_gpu_may_fall_short_of_what_the_budget_takes(settings: Any, least: float) -> None:
    """For 19 GB that must fit."""
    assert least_gpu_bytes(LLAMA, settings, 19 * GB) == pytest.approx(least)
