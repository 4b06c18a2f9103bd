"""Closed sets that lists know without the models."""

from __future__ import annotations

from typing import get_args

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.provenance import Source
from model_garden_registry.entries.tasks import Refused, SourceKind, Status, Task


def test_entries_take_the_same_words() -> None:
    """A status and a kind of source of an entry are these, in this order."""
    assert ModelInfo.model_json_schema()["properties"]["status"]["enum"] == list(get_args(Status))
    assert Source.model_json_schema()["properties"]["kind"]["enum"] == list(get_args(SourceKind))


def test_a_source_is_refused_for_its_kind_or_its_age() -> None:
    """Every kind, and old."""
    assert get_args(Refused) == (*get_args(SourceKind), "old")


def test_an_entry_supports_each_task_or_says_so() -> None:
    """The capabilities have a truth value for every task."""
    capabilities = ModelInfo.model_json_schema()["$defs"]["Capabilities"]["properties"]

    assert {task: capabilities[task]["type"] for task in get_args(Task)} == {
        "training": "boolean",
        "inference": "boolean",
    }
