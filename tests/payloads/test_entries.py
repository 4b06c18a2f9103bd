"""Rows, entries and categories as JSON documents."""

from __future__ import annotations

import pytest

from model_garden_registry.catalogue.rows import Row
from model_garden_registry.entries.defaults import InferenceDefaults
from model_garden_registry.payloads.entries import (
    ROW_KEYS,
    categories_document,
    entry_document,
    filled_defaults,
    filled_entry,
    list_document,
    list_row,
)

INFERENCE = {"max_model_len": 8192, "dtype": "auto", "gpu_memory_utilization": 0.0}


def test_filled_inference_defaults_are_those_of_the_format() -> None:
    """What is filled in is what a validated entry has for the five documented keys."""
    validated = InferenceDefaults.model_validate(INFERENCE).known()

    filled = filled_defaults({"inference_defaults": INFERENCE})["inference_defaults"]

    assert filled == {key: validated[key] for key in (*INFERENCE, "quantization", "tensor_parallel_size")}


def test_stated_values_stay_and_so_does_everything_else() -> None:
    """Further keys are kept; the document is the entry otherwise."""
    stated = {**INFERENCE, "quantization": "awq", "tensor_parallel_size": 2, "engine": "sglang", "x-mine": 1}
    raw = {
        "id": "org/model",
        "x-team": {"cost": 3},
        "training_defaults": {"stack": "trl"},
        "inference_defaults": stated,
    }

    assert filled_entry(raw) == raw
    assert entry_document(raw) == {"format": "mgr.entry/1", "entry": raw}


def test_without_training_both_groups_are_empty_and_fresh() -> None:
    """Clients read the groups without looking, and one's change is nobody else's."""
    one, two = (filled_entry({"training_defaults": None})["training_defaults"] for _ in range(2))
    one["lora_config"]["r"] = 8

    assert two == {"hyperparameters": {}, "lora_config": {}}


@pytest.mark.parametrize("value", [["a list"], "a text", 3])
def test_what_is_no_object_stays_what_it_is(value: object) -> None:
    """A row's entry has not been checked: nothing fails over it."""
    raw = {"training_defaults": value, "inference_defaults": value}

    assert filled_defaults(raw) == raw


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
    assert tuple(document) == ROW_KEYS


def test_a_list_says_how_many_match_beside_its_rows() -> None:
    """The total is not the length where only a part is asked for."""
    assert list_document([{"id": "a"}], total=3) == {"format": "mgr.list/1", "total": 3, "models": [{"id": "a"}]}


def test_categories_stand_by_key() -> None:
    """Under a key of their own, so that one called ``format`` is a category like others."""
    text = {"name": "Text", "description": "Read and write."}

    assert categories_document({"format": text}) == {"format": "mgr.categories/1", "categories": {"format": text}}
