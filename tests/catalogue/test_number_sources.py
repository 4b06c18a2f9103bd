"""Where the numbers of an entry come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.catalogue.number_sources import (
    SOURCE_KINDS,
    SourcedNumbers,
    Tally,
    number_sources,
    parse_month,
    tally,
)
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.tasks import SourceKind

Make = Callable[[Mapping[str, Any]], ModelInfo]

PAGE = {"kind": "vendor", "source": "a page", "as_of": "2025-11"}
GUESS = {"kind": "declared", "source": "a guess", "as_of": "2026-02-03"}


def group(
    *numbers: str, where: str = "/architecture", kind: SourceKind = "vendor", as_of: str | None = "2025-11"
) -> SourcedNumbers:
    source = None if as_of is None else "a page"
    return SourcedNumbers(where=where, kind=kind, source=source, as_of=as_of, numbers=numbers)


def test_numbers_are_grouped_by_the_longest_pointer_that_leads_to_them(entry_with: Make) -> None:
    """Those that no pointer leads to are declared, grouped by the member of the entry that they stand in."""
    entry = entry_with(
        {
            "architecture.moe": {"num_experts": 8, "num_experts_per_tok": 2},
            "training_defaults": None,
            "capabilities.training": False,
            "sources": {"/architecture": PAGE, "/architecture/moe/num_experts": GUESS, "/inference_defaults": GUESS},
        }
    )

    assert number_sources(entry) == (
        SourcedNumbers(
            where="/architecture",
            **PAGE,  # type: ignore[arg-type]
            numbers=(
                "/architecture/parameters",
                "/architecture/num_attention_heads",
                "/architecture/max_position_embeddings",
                "/architecture/moe/num_experts_per_tok",
            ),
        ),
        SourcedNumbers(
            where="/architecture/moe/num_experts",
            **GUESS,  # type: ignore[arg-type]
            numbers=("/architecture/moe/num_experts",),
        ),
        SourcedNumbers(
            where="/inference_defaults",
            **GUESS,  # type: ignore[arg-type]
            numbers=("/inference_defaults/max_model_len", "/inference_defaults/gpu_memory_utilization"),
        ),
        SourcedNumbers(
            where="/requirements",
            kind="declared",
            source=None,
            as_of=None,
            numbers=(
                "/requirements/min_vram_gb",
                "/requirements/recommended_vram_gb",
                "/requirements/min_gpus",
                "/requirements/min_ram_gb",
            ),
        ),
    )


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"x-team": {"cost": 3}}, id="a key of somebody's own"),
        pytest.param({"architecture.tie_word_embeddings": True}, id="a truth value"),
        pytest.param({"released": "2025-01", "requirements.cuda_compute_capability": "8.0"}, id="digits in a text"),
        pytest.param(
            {"benchmarks": [{"name": "MMLU", "value": 71, "unit": "%", "source": "card", "as_of": "2025-01"}]},
            id="a benchmark, which states its own source",
        ),
    ],
)
def test_what_is_no_number_of_an_entry_is_not_counted(changes: dict[str, Any], entry_with: Make) -> None:
    """The entry has as many as before."""
    assert number_sources(entry_with(changes)) == number_sources(entry_with({}))


def test_a_tally_counts_numbers_not_sources() -> None:
    """Every kind is there, also with none; what states no source is declared, and never old."""
    groups = [
        group("/a", "/b"),
        group("/c", kind="declared", as_of="2026-01-31"),
        group("/d", "/e", "/f", kind="declared", as_of=None),
    ]

    assert tally(groups, older_than="2026-01") == Tally(
        kinds={"measured": 0, "derived": 0, "vendor": 2, "published": 0, "declared": 4},
        unsourced=3,
        old=2,
        oldest="2025-11",
    )
    assert tally(groups).total == 6


def test_a_tally_of_nothing_has_no_oldest_statement() -> None:
    """And no number."""
    assert (tally([]).oldest, tally([]).total) == (None, 0)


@pytest.mark.parametrize(
    ("as_of", "month", "is_old"),
    [
        pytest.param("2025-12", "2026-01", True, id="the month before"),
        pytest.param("2025-12-31", "2026-01", True, id="the day before"),
        pytest.param("2026-01", "2026-01", False, id="the month itself"),
        pytest.param("2026-01-01", "2026-01", False, id="its first day"),
        pytest.param("2025-12", None, False, id="no month asked"),
        pytest.param(None, "2026-01", False, id="no date stated"),
    ],
)
def test_a_statement_is_old_where_its_month_is_before(as_of: str | None, month: str | None, is_old: bool) -> None:
    """Months and days compare."""
    assert group("/a", as_of=as_of).is_older_than(month) is is_old


@pytest.mark.parametrize(
    ("text", "month"),
    [
        pytest.param("2026-01", "2026-01", id="a month"),
        pytest.param("0", "2026-03", id="this month"),
        pytest.param("3", "2025-12", id="months ago, over a new year"),
        pytest.param("12", "2025-03", id="a year ago"),
    ],
)
def test_a_month_is_read(text: str, month: str) -> None:
    """As such, or counted back from today."""
    assert parse_month(text, today=date(2026, 3, 31)) == month


@pytest.mark.parametrize("text", ["", "26-01", "2026-13", "2026-1", "2026-01-01", "-3", "99999", "today"])
def test_what_is_no_month_is_refused(text: str) -> None:
    """Also a month that no calendar has."""
    with pytest.raises(ValueError, match=r"month|year|day"):
        parse_month(text, today=date(2026, 3, 31))


@given(st.dates(), st.integers(min_value=0, max_value=11))
def test_months_ago_are_in_the_calendar(today: date, months: int) -> None:
    """Fewer than twelve months ago is this year or the last."""
    if today.year > 1:
        month = parse_month(str(months), today=today)

        assert today.year * 12 + today.month - months == int(month[:4]) * 12 + int(month[5:])


def test_every_kind_of_source_is_counted() -> None:
    """In the order of trust."""
    assert SOURCE_KINDS == ("measured", "derived", "vendor", "published", "declared")
