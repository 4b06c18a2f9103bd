"""Models side by side, as JSON."""

from __future__ import annotations

from model_garden_registry.catalogue.comparison import ComparedField, Comparison
from model_garden_registry.payloads.comparison import comparison_document


def test_values_stand_in_the_order_of_the_models() -> None:
    """With whether they differ; null where a model says nothing."""
    fields = (ComparedField("status", ("stable", "stable")), ComparedField("gated", (None, True)))

    assert comparison_document(Comparison(("a", "b"), fields)) == {
        "format": "mgr.compare/1",
        "models": ["a", "b"],
        "fields": [
            {"field": "status", "differs": False, "values": ["stable", "stable"]},
            {"field": "gated", "differs": True, "values": [None, True]},
        ],
    }
