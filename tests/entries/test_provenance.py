"""Where numbers come from, and what became of a model."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from model_garden_registry.entries.provenance import Benchmark, Deprecation, Source

SOURCE = {"kind": "measured", "source": "nvidia-smi on an L4", "as_of": "2026-11"}
HOW = ("conditions", "task", "gpu", "stack", "engine", "version", "quantity")
BENCHMARK = {"name": "MMLU", "value": 71, "unit": "%", "source": "model card", "as_of": "2025-01"}


def test_statements_are_kept_as_written() -> None:
    """A source may leave out its address, a benchmark how it was taken, a deprecation its successor."""
    deprecation = {"since": "2025-01-31", "reason": "Replaced."}

    assert Source.model_validate(SOURCE).known() == SOURCE | {"url": None}
    assert Benchmark.model_validate(BENCHMARK).known() == BENCHMARK | dict.fromkeys(HOW) | {"settings": {}}
    assert Deprecation.model_validate(deprecation).known() == deprecation | {"successor": None}


@pytest.mark.parametrize("kind", ["measured", "derived", "vendor", "published", "declared"])
def test_a_source_is_of_one_of_five_kinds(kind: str) -> None:
    """From the most to the least trustworthy."""
    assert Source.model_validate(SOURCE | {"kind": kind}).kind == kind


@pytest.mark.parametrize("date", ["2026-01", "2026-12", "2026-01-01", "2026-12-31", "1999-02-30"])
def test_a_date_is_a_month_or_a_day(date: str) -> None:
    """The form is checked here; whether the day exists is a rule of the check."""
    assert Source.model_validate(SOURCE | {"as_of": date}).as_of == date


@pytest.mark.parametrize(
    "date", ["2026", "2026-1", "2026-13", "2026-00", "2026-01-32", "2026-01-00", "26-01", "2026/01", "2026-01\n", ""]
)
def test_what_has_not_the_form_of_a_date_is_refused(date: str) -> None:
    """Also a date with anything behind it."""
    with pytest.raises(ValidationError, match="pattern"):
        Source.model_validate(SOURCE | {"as_of": date})


@pytest.mark.parametrize("url", ["vllm.ai", "ftp://vllm.ai", "https://", "https://a b", ""])
def test_what_is_no_address_is_refused(url: str) -> None:
    """A source can be opened in a browser, or it names none."""
    with pytest.raises(ValidationError, match="pattern"):
        Source.model_validate(SOURCE | {"url": url})


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"task": "sleeping"}, id="a task that is none"),
        pytest.param({"value": "71"}, id="a number as a text"),
        pytest.param({"value": float("nan")}, id="no number"),
        pytest.param({"unit": ""}, id="no unit"),
        pytest.param({"name": ""}, id="no name"),
        pytest.param({"source": ""}, id="no source"),
        pytest.param({"conditions": ""}, id="empty conditions"),
    ],
)
def test_a_result_without_name_number_unit_or_source_is_refused(change: dict[str, Any]) -> None:
    """A number that cannot be traced is none."""
    with pytest.raises(ValidationError):
        Benchmark.model_validate(BENCHMARK | change)
