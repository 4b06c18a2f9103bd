"""A row of a list as a JSON document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model_garden_registry.catalogue.rows import Row
from model_garden_registry.payloads.entries import filled_defaults


def list_row(row: Row, raw: Mapping[str, Any]) -> dict[str, Any]:
    """
    Give the eleven documented columns and both groups of defaults.

    Args:
        raw: The entry as it stands in the file, of which nothing but the row has been checked.
    """
    return row.columns() | filled_defaults(raw)
