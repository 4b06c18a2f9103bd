"""Lists, entries and categories of the API as files, each as a server answers it."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic_core import to_json

from model_garden_registry.page.links import page_name
from model_garden_registry.payloads.entries import filled_entry, list_row
from model_garden_registry.registry.model_registry import ModelRegistry


def api_files(registry: ModelRegistry) -> Iterator[tuple[str, bytes]]:
    """Yield the files by their path below ``api/v1/registry``; what needs a computation is not among them."""
    rows = [list_row(row, registry.raw(row.id)) for row in registry.rows()]
    yield "models.json", to_json({"success": True, "data": rows, "total": len(rows)})
    invalid = registry.problems
    for row in registry.rows():
        if row.id not in invalid:
            yield f"models/{page_name(row.id)}.json", _answer(filled_entry(registry.raw(row.id)))
    yield "categories.json", _answer(registry.get_categories())


def _answer(data: object) -> bytes:
    return to_json({"success": True, "data": data})
