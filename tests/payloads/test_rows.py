"""A row of a list as a JSON document."""

from __future__ import annotations

from model_garden_registry.catalogue.rows import Row
from model_garden_registry.payloads.entries import filled_defaults
from model_garden_registry.payloads.rows import list_row


def test_a_row_has_the_documented_columns_and_both_groups_of_defaults() -> None:
    """In the order of the contract, columns first."""
    numbers = {name: 4 for name in Row._fields if name.endswith("_gb")}
    row = Row(**{name: name for name in Row._fields} | numbers | {"tags": ["small"]})
    raw = {"training_defaults": {"stack": "trl"}, "inference_defaults": {"dtype": "auto"}, "notes": ["not in a row"]}

    document = list_row(row, raw)

    assert document == row.columns() | filled_defaults(raw)
    assert list(document) == [
        *("id", "name", "category", "parameters", "description", "tags", "status"),
        *("is_vision", "is_quantized", "min_vram_gb", "recommended_vram_gb"),
        *("training_defaults", "inference_defaults"),
    ]
