"""Counts of a registry's models, as JSON."""

from __future__ import annotations

from model_garden_registry.catalogue.census import Census
from model_garden_registry.catalogue.number_sources import Tally
from model_garden_registry.payloads.census import census_document


def test_values_are_lists_in_order() -> None:
    """A value that is not stated is null, which no key of an object could be."""
    numbers = Tally(kinds={"measured": 0, "derived": 1, "vendor": 2, "declared": 3}, unsourced=1, oldest="2025-01")

    assert census_document(Census(3, {"license": {"mit": 2, None: 1}, "size": {}}, numbers)) == {
        "format": "mgr.stats/1",
        "models": 3,
        "license": [{"value": "mit", "models": 2}, {"value": None, "models": 1}],
        "size": [],
        "numbers": {
            "total": 6,
            "measured": 0,
            "derived": 1,
            "vendor": 2,
            "declared": 3,
            "unsourced": 1,
            "old": 0,
            "oldest": "2025-01",
        },
    }
