"""The categories as a JSON document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def categories_document(categories: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Give the categories by key, and ``mgr.categories/1`` beside them; a category called ``format`` comes first."""
    return {"format": "mgr.categories/1", **categories}
