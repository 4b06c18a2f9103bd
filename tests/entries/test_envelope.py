"""The head of a registry file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from model_garden_registry.entries.envelope import Envelope

HEAD = {"version": "1.0.0", "last_updated": "2025-10-22T22:05:19Z", "categories": {}}


@pytest.mark.parametrize("name", ["application.json", "every_key.json"])
def test_the_head_of_a_file_reads_back(name: str) -> None:
    """Version, moment and categories as written; `$schema` under its own name, `x-` keys apart."""
    document = json.loads((Path(__file__).parents[1] / "registries/valid" / name).read_bytes())
    del document["models"]

    envelope = Envelope.model_validate(document)

    known = envelope.known()
    assert envelope.schema_path == document["$schema"]
    assert {key: known[key] for key in ("version", "last_updated")} == {
        key: document[key] for key in ("version", "last_updated")
    }
    assert list(known["categories"]) == list(document["categories"])
    assert envelope.extensions == {key: value for key, value in document.items() if key.startswith("x-")}


def test_a_category_has_a_name_and_a_description_and_perhaps_an_icon() -> None:
    """As user interfaces show it."""
    category = {"name": "Embeddings", "description": ""}

    envelope = Envelope.model_validate(HEAD | {"categories": {"embedding": category}})

    assert envelope.categories["embedding"].known() == category | {"icon": None}


@pytest.mark.parametrize(
    "moment",
    ["2025-10-22T22:05:19Z", "2025-10-22T22:05:19.123Z", "2025-10-22T22:05:19+02:00", "2025-10-22T22:05:19.5-11:30"],
)
def test_a_moment_has_an_offset(moment: str) -> None:
    """As RFC 3339 writes it."""
    assert Envelope.model_validate(HEAD | {"last_updated": moment}).last_updated == moment


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"last_updated": "2025-10-22"}, id="a day is no moment"),
        pytest.param({"last_updated": "2025-10-22T22:05:19"}, id="no offset"),
        pytest.param({"last_updated": "2025-10-22 22:05:19Z"}, id="a space for the T"),
        pytest.param({"version": "1.1"}, id="two numbers"),
        pytest.param({"version": "v1.1.0"}, id="a letter"),
        pytest.param({"version": 1}, id="a number"),
        pytest.param({"categories": []}, id="a list of categories"),
        pytest.param({"categories": {"a": {"name": "", "description": ""}}}, id="a category without a name"),
        pytest.param({"categories": {"a": {"name": "A"}}}, id="a category without a description"),
        pytest.param({"schema_path": "./schema.json"}, id="the schema under a Python name"),
        pytest.param({"$schema": 7}, id="a schema that is no path"),
    ],
)
def test_a_head_that_breaks_the_format_is_refused(change: dict[str, Any]) -> None:
    """Its three keys are required and have one form."""
    with pytest.raises(ValidationError):
        Envelope.model_validate(HEAD | change)


@pytest.mark.parametrize("key", HEAD)
def test_each_key_of_the_head_is_required(key: str) -> None:
    """A file without one of them is not a registry."""
    with pytest.raises(ValidationError, match="Field required"):
        Envelope.model_validate({name: value for name, value in HEAD.items() if name != key})
