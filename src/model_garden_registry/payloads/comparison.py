"""Models side by side, as a JSON document."""

from __future__ import annotations

from typing import Any

from model_garden_registry.catalogue.comparison import Comparison


def comparison_document(comparison: Comparison) -> dict[str, Any]:
    """Give ``mgr.compare/1``: every field with its values in the order of the models, null where one says nothing."""
    return {
        "format": "mgr.compare/1",
        "models": list(comparison.models),
        "fields": [
            {"field": field.name, "differs": field.is_different, "values": list(field.values)}
            for field in comparison.fields
        ],
    }
