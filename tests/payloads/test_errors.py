"""An error as a document: class, sentence, facts."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest

from model_garden_registry.errors import (
    EntryProblem,
    InvalidEntryError,
    InvalidOverrideError,
    MissingExtraError,
    RegistryError,
    RegistryNotFoundError,
    RegistryReadError,
    UnknownModelError,
    UnsupportedTaskError,
)
from model_garden_registry.payloads.errors import error_document, failure_document

READ = RegistryReadError(Path("a.json"), "is not JSON", code="not-json", line=2, column=7)
PROBLEM = EntryProblem(where="/models/a/id", expected="should be a text", found="4", kind="string_type")
MODEL = UnknownModelError("lama", ("llama",))
EXTRA = MissingExtraError("yaml", "PyYAML")


@pytest.mark.parametrize(
    ("error", "facts"),
    [
        pytest.param(
            READ,
            {"path": "a.json", "problem": "is not JSON", "code": "not-json", "line": 2, "column": 7},
            id="a path as text, a place as numbers",
        ),
        pytest.param(
            InvalidEntryError("a", (PROBLEM,)),
            {
                "model_id": "a",
                "problems": [
                    {
                        "where": "/models/a/id",
                        "expected": "should be a text",
                        "found": "4",
                        "kind": "string_type",
                    }
                ],
            },
            id="problems as objects",
        ),
        pytest.param(
            MODEL,
            {"model_id": "lama", "close": ["llama"], "problem": None},
            id="near names as a list",
        ),
        pytest.param(UnsupportedTaskError("a", "training"), {"model_id": "a", "task": "training"}, id="a task"),
        pytest.param(EXTRA, {"extra": "yaml", "module": "PyYAML"}, id="an extra"),
    ],
)
def test_an_error_document_has_class_sentence_and_facts(error: RegistryError, facts: dict[str, object]) -> None:
    """``mgr.error/1``: format, class, sentence, then the public attributes."""
    document = error_document(error)

    head = {"format": "mgr.error/1", "error": type(error).__name__, "message": str(error)}
    assert document == {**head, **facts}


def test_an_error_without_facts_has_class_and_sentence() -> None:
    """The sentence is that of whoever saw the error."""
    assert failure_document(KeyError("a"), "no a") == {"format": "mgr.error/1", "error": "KeyError", "message": "no a"}


def test_a_missing_file_says_its_class_and_path() -> None:
    """A subclass is named as itself; what the operating system's error knows is text or number."""
    document = error_document(RegistryNotFoundError(Path("gone.json")))

    assert (document["error"], document["path"], document["message"]) == (
        "RegistryNotFoundError",
        "gone.json",
        "Registry not found: gone.json",
    )


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param(datetime.date(2026, 1, 2), "2026-01-02", id="a date from TOML"),
        pytest.param(float("inf"), "inf", id="an infinite number from TOML"),
        pytest.param(10**6020, "an integer of 6021 digits", id="an integer beyond any float"),
        pytest.param(1 - 10**6020, "an integer of 6020 digits", id="the one before, below zero"),
        pytest.param(10**308, 10**308, id="an integer that a float can hold"),
        pytest.param({10**6020: 1}, {"an integer of 6021 digits": 1}, id="a key of that size"),
        pytest.param({"a": (1, None)}, {"a": [1, None]}, id="nested values"),
        pytest.param(True, True, id="true"),
        pytest.param(0.5, 0.5, id="a number"),
    ],
)
def test_the_value_of_an_override_is_always_json(value: object, shown: object) -> None:
    """Whatever a file or a caller gave as a setting can be said in strict JSON."""
    document = error_document(InvalidOverrideError("r", value, "an integer", origin="FILE"))

    assert json.loads(json.dumps(document, allow_nan=False)) == {
        "format": "mgr.error/1",
        "error": "InvalidOverrideError",
        "message": document["message"],
        "setting": "r",
        "value": shown,
        "allowed": "an integer",
        "close": [],
        "origin": "FILE",
    }
