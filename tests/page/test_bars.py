"""Memory as bars."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry.page.bars import memory_figure

FOUND = {
    "expected_gb": 9.0,
    "safe_gb": 10.0,
    "parts_gb": {"weights": 6.0, "adapters": 0.0, "kv_cache": 2.5, "overhead": 0.5},
}


def test_each_part_is_a_rectangle_behind_the_last(read: Callable[[str], Any]) -> None:
    """As long as its share of what is drawn; the margin up to safe comes last."""
    bars = read(memory_figure(FOUND)).all("rect")

    assert [(one.attributes["class"], one.attributes["x"], one.attributes["width"]) for one in bars] == [
        ("part-weights", "0.00%", "57.69%"),
        ("part-kv_cache", "57.69%", "24.04%"),
        ("part-overhead", "81.73%", "4.81%"),
        ("margin", "86.54%", "9.62%"),
    ]


def test_the_numbers_stand_in_a_table_and_in_words(read: Callable[[str], Any]) -> None:
    """For readers who do not see the picture."""
    figure = read(memory_figure(FOUND))

    assert [row.text for row in figure.all("tr")] == [
        "weights6.00 GB",
        "KV cache2.50 GB",
        "overhead0.50 GB",
        "expected9.00 GB",
        "safe10.0 GB",
    ]
    assert figure.all("svg")[0].attributes["aria-label"] == "9.00 GB expected, 10.0 GB safe on each GPU"


@pytest.mark.parametrize(("safe", "last"), [(0.0, "0.01"), (0.3, "0.3"), (10.0, "10"), (7000.0, "6000")])
def test_ticks_are_round_numbers(safe: float, last: str, read: Callable[[str], Any]) -> None:
    """At most six, whatever the size."""
    found = {"expected_gb": safe, "safe_gb": safe, "parts_gb": {}}
    ticks = [one.text for one in read(memory_figure(found)).all("text")]

    assert len(ticks) <= 6
    assert ticks[-1] == last
