"""The API's lists and entries as files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from model_garden_registry.errors import InvalidEntryError
from model_garden_registry.page.static.api_files import api_files
from model_garden_registry.registry.shared import load_registry
from model_garden_registry.server.live.answers import EntryWanted
from model_garden_registry.server.live.clerk import Clerk

pytestmark = pytest.mark.filterwarnings("ignore::model_garden_registry.errors.RegistryWarning")


def test_they_are_what_a_server_sends(registry_file: Path) -> None:
    """Byte for byte: list, categories, and each entry under a path that is safe."""
    registry = load_registry(registry_file)
    clerk = Clerk(registry)
    reading = clerk.reading()

    files = dict(api_files(registry))

    assert files.pop("models.json") == reading.lists[b""].content
    assert files.pop("categories.json") == reading.categories.content
    for path, content in files.items():
        model_id = json.loads(content)["data"]["id"]
        (answer,) = clerk.steps(EntryWanted(model_id))
        assert answer is not None
        assert answer.body is not None
        assert answer.body.content == content
        assert path == (f"models/{model_id}.json" if ".." not in model_id else "models/-/93f9b1f9c4dd0e43.json")


def test_an_invalid_entry_has_no_file(registry_file: Path) -> None:
    """A server has no answer for it either; the list has its row."""
    registry = load_registry(registry_file)
    files = dict(api_files(registry))

    with pytest.raises(InvalidEntryError):
        registry["org/broken"]
    assert "models/org/broken.json" not in files
    assert "org/broken" in [row["id"] for row in json.loads(files["models.json"])["data"]]
