"""Counts of a registry's models, as a JSON document."""

from __future__ import annotations

from typing import Any

from model_garden_registry.catalogue.census import Census
from model_garden_registry.payloads.provenance import tally_document


def census_document(census: Census) -> dict[str, Any]:
    """Give ``mgr.stats/1``: lists of values with their number of models; null stands for those that state none."""
    groups = {
        name: [{"value": value, "models": models} for value, models in counts.items()]
        for name, counts in census.groups.items()
    }
    return {"format": "mgr.stats/1", "models": census.models, **groups, "numbers": tally_document(census.numbers)}
