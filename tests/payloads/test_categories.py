"""The categories as a JSON document."""

from __future__ import annotations

from model_garden_registry.payloads.categories import categories_document

TEXT = {"name": "Text", "description": "Read and write."}


def test_categories_stand_by_key_beside_the_format() -> None:
    """An object of the categories, and the name of its shape."""
    assert categories_document({"text-llm": TEXT}) == {"format": "mgr.categories/1", "text-llm": TEXT}


def test_a_category_called_format_is_not_lost() -> None:
    """The registry's own keys come first."""
    assert categories_document({"format": TEXT}) == {"format": TEXT}
