"""Measurements, and where numbers come from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sound_entry import changed_entry

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.page.model.provenance import measurements, sources
from model_garden_registry.page.model.task_panels import estimates_of
from model_garden_registry.registry.model_registry import ModelRegistry

ID = "Qwen/Qwen2.5-VL-7B-Instruct"


def test_measurements_stand_beside_estimates(shipped: ModelRegistry, read: Callable[[str], Any]) -> None:
    """One that cannot be compared says why."""
    made = measurements(estimates_of(shipped, ID), shipped[ID])
    assert made is not None

    cells = [[one.text for one in row.all("td")] for row in read(made).all("tbody")[0].all("tr")]
    assert cells[0][:3] == ["36.0 GB", "not compared", ""]
    assert "Not compared: it does not state how the GPUs shared it" in cells[0][3]
    assert (cells[1][0], cells[1][1].endswith(" GB"), cells[1][2].endswith(" %")) == ("23.6 GB", True, True)
    assert cells[1][4] == "github.com, 2026-08-22"


def test_other_results_are_a_list(read: Callable[[str], Any]) -> None:
    """A source that is no address is no link."""
    result = {"name": "MMLU", "value": 71.2, "unit": "%", "source": "model card", "as_of": "2025-01"}
    entry = ModelInfo.model_validate(changed_entry({"benchmarks": [result]}))
    made = measurements({"training": "none"}, entry)
    assert made is not None

    assert [one.text for one in read(made).all("li")] == ["MMLU: 71.2 %, 2025-01, model card"]
    assert read(made).all("a") == []


def test_a_measurement_may_have_a_source_that_is_no_address(read: Callable[[str], Any]) -> None:
    """It is shown unchanged."""
    one = {"measured_gb": 1.0, "quantity": "peak", "settings": {}, "source": "own run", "as_of": "2026-01"}
    made = measurements({"training": {"measured": [one]}}, ModelInfo.model_validate(changed_entry({})))
    assert made is not None

    assert read(made).all("td")[4].text == "own run, 2026-01"


def test_without_results_there_is_no_section() -> None:
    """Nor without sources."""
    entry = ModelInfo.model_validate(changed_entry({}))

    assert (measurements({}, entry), sources(entry)) == (None, None)


def test_sources_are_linked(read: Callable[[str], Any]) -> None:
    """By part of the entry, with kind and date."""
    source = {"kind": "vendor", "source": "config.json", "as_of": "2026-01", "url": "https://a.example/c"}
    entry = ModelInfo.model_validate(changed_entry({"sources": {"/architecture": source}}))
    made = sources(entry)
    assert made is not None

    assert [one.text for one in read(made).all("tbody")[0].all("td")] == ["vendor", "config.json", "2026-01"]
    assert read(made).all("a")[0].attributes["href"] == "https://a.example/c"
