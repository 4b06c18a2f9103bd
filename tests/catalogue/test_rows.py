"""The columns of a list, read from raw entries."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry.catalogue.rows import read_row
from model_garden_registry.entries.model import ModelInfo

VALID = sorted((Path(__file__).parents[1] / "registries/valid").glob("*.json"))
ENTRIES: dict[str, Any] = {key: raw for path in VALID for key, raw in json.loads(path.read_bytes())["models"].items()}


def changed(raw: dict[str, Any], where: str, value: object) -> dict[str, Any]:
    """Give a copy in which one dotted path has another value."""
    copy = deepcopy(raw)
    inner = copy
    *groups, key = where.split(".")
    for group in groups:
        inner = inner[group]
    inner[key] = value
    return copy


@pytest.mark.parametrize("key", ENTRIES)
def test_a_row_says_what_the_validated_entry_says(key: str) -> None:
    """Reading the raw entry is a short cut, not another opinion."""
    entry = ModelInfo.model_validate(ENTRIES[key])

    row = read_row(key, ENTRIES[key])

    assert row is not None
    assert row._asdict() == {
        "id": entry.id,
        "name": entry.name,
        "category": entry.category,
        "provider": entry.provider,
        "base_architecture": entry.base_architecture,
        "parameters": entry.parameters,
        "description": entry.description,
        "tags": entry.tags,
        "status": entry.status,
        "is_vision": entry.is_vision_model,
        "is_quantized": entry.is_quantized,
        "training": entry.supports("training"),
        "inference": entry.supports("inference"),
        "min_vram_gb": entry.requirements.min_vram_gb,
        "recommended_vram_gb": entry.requirements.recommended_vram_gb,
        "training_vram_gb": entry.requirements_for("training").min_vram_gb,
        "inference_vram_gb": entry.requirements_for("inference").min_vram_gb,
        "model_type": entry.architecture.model_type if entry.architecture else None,
        "min_gpus": entry.requirements.min_gpus,
        "released": entry.released,
    }


def test_the_documented_columns_are_eleven(full: dict[str, Any]) -> None:
    """In this order, as a dict that belongs to the caller."""
    row = read_row(full["id"], full)

    assert row is not None
    columns = row.columns()
    columns["tags"].append("changed")
    assert list(columns) == [
        *("id", "name", "category", "parameters", "description", "tags", "status"),
        *("is_vision", "is_quantized", "min_vram_gb", "recommended_vram_gb"),
    ]
    assert row.columns()["tags"] == ["vision", "recommended", "mixture-of-experts"]


def test_the_id_of_a_row_is_the_key(full: dict[str, Any]) -> None:
    """An entry is found by its key, whatever its id says."""
    row = read_row("the key", full)

    assert row is not None
    assert row.id == "the key"


@pytest.mark.parametrize(
    "where",
    [
        *("name", "category", "provider", "base_architecture", "parameters", "description", "tags", "status"),
        *("capabilities", "capabilities.vision", "capabilities.training", "capabilities.inference"),
        *("requirements", "requirements.min_vram_gb", "requirements.recommended_vram_gb"),
        "requirements.training.min_vram_gb",
    ],
)
@pytest.mark.parametrize("value", [None, {}, [], 10, "text", True], ids=repr)
def test_there_is_no_row_where_a_column_has_the_wrong_type(full: dict[str, Any], where: str, value: object) -> None:
    """The full check will say what is wrong; the list does not guess, and does not fail. No text is a status."""
    fits = {
        "name": str, "category": str, "provider": str, "base_architecture": str, "parameters": str,
        "description": str, "tags": list, "capabilities.vision": bool, "capabilities.training": bool,
        "capabilities.inference": bool, "requirements.min_vram_gb": int, "requirements.recommended_vram_gb": int,
        "requirements.training.min_vram_gb": int,
    }  # fmt: skip

    row = read_row("k", changed(full, where, value))

    assert (row is not None) is (type(value) is fits.get(where))


@pytest.mark.parametrize("key", ["name", "tags", "requirements", "capabilities"])
def test_there_is_no_row_where_a_column_is_missing(full: dict[str, Any], key: str) -> None:
    """As for a column of the wrong type."""
    del full[key]

    assert read_row("k", full) is None


@pytest.mark.parametrize("raw", [None, 5, "text", [], ["name"]], ids=repr)
def test_there_is_no_row_where_there_is_no_object(raw: Any) -> None:
    """Whatever stands in the place of an entry."""
    assert read_row("k", raw) is None


@pytest.mark.parametrize("where", ["quantization", "architecture"])
@pytest.mark.parametrize("value", [5, "text", ["method"]], ids=repr)
def test_there_is_no_row_where_a_group_is_no_object(full: dict[str, Any], where: str, value: object) -> None:
    """Null and absent are fine: nothing is stated then."""
    assert read_row("k", changed(full, where, value)) is None
    assert read_row("k", changed(full, where, None)) is not None


@pytest.mark.parametrize("tags", [["small", 5], [None], ["a", []]], ids=repr)
def test_there_is_no_row_where_a_tag_is_no_text(full: dict[str, Any], tags: list[object]) -> None:
    """A list is looked into."""
    assert read_row("k", full | {"tags": tags}) is None


@pytest.mark.parametrize("model_type", [5, ["llama"], {"a": 1}], ids=repr)
def test_there_is_no_row_where_the_model_type_is_no_text(full: dict[str, Any], model_type: object) -> None:
    """Filters compare it as a text."""
    assert read_row("k", changed(full, "architecture.model_type", model_type)) is None
