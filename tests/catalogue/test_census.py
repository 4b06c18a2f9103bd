"""How many models there are of each kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from model_garden_registry.catalogue.census import Census, take_census
from model_garden_registry.catalogue.number_sources import Tally, number_sources, tally
from model_garden_registry.entries.model import ModelInfo

Make = Callable[[Mapping[str, Any]], ModelInfo]


def test_models_are_counted_by_each_of_their_kinds(entry_with: Make) -> None:
    """The most frequent first, what is not stated last among equals; sizes and states in their own order."""
    entries = [
        entry_with({"parameters": "70B", "status": "deprecated", "provider": "b"}),
        entry_with({"parameters": "1B", "license": "mit", "quantization": {"method": "fp8", "type": "fp8"}}),
        entry_with({"parameters": "500M", "category": "own", "provider": "a"}),
        entry_with({"parameters": "8x7B", "license": "Apache-2.0", "provider": "a"}),
    ]

    census = take_census(entries)

    assert census.models == 4
    assert {name: list(counts.items()) for name, counts in census.groups.items()} == {
        "category": [("text-llm", 3), ("own", 1)],
        "provider": [("a", 2), ("b", 1), ("org", 1)],
        "license": [(None, 2), ("Apache-2.0", 1), ("mit", 1)],
        "size": [("tiny", 1), ("small", 1), ("large", 2)],
        "status": [("stable", 3), ("deprecated", 1)],
        "quantization": [("none", 3), ("fp8", 1)],
    }
    assert census.numbers == tally(4 * number_sources(entries[0]))


def test_no_models_are_an_answer() -> None:
    """Every count is there and empty."""
    groups: dict[str, dict[str | None, int]] = {
        name: {} for name in ("category", "provider", "license", "size", "status", "quantization")
    }

    assert take_census([]) == Census(
        0, groups, Tally(kinds=dict.fromkeys(("measured", "derived", "vendor", "published", "declared"), 0))
    )
