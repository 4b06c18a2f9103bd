"""An entry more in a registry file: what else is in it stays, byte for byte."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry.entries.format_version import FORMAT_VERSION
from model_garden_registry.errors import EntryExistsError, RegistryReadError, RegistryWarning, RegistryWriteError
from model_garden_registry.files.writing.additions import add_entry, document_text, refuse_known, remove_entry

MOMENT = "2026-11-29T00:00:00+00:00"
GROUPS = {"text-llm": {"name": "Text", "description": ""}, "vision-vlm": {"name": "Images", "description": ""}}

#: A registry without models, laid out as few are written.
EMPTY = (
    b'\xef\xbb\xbf{"version": "1.1.0", "last_updated": "2026-11-23T00:00:00Z",\r\n  "categories": {}, '
    b'"x-\xc3\xa9": 1.50,\r\n  "models": {}}'
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Write a registry."""
    path = tmp_path / "models.json"
    path.write_bytes(EMPTY)
    return path


def add(path: Path, **entry: Any) -> None:
    """Add an entry."""
    add_entry(path, entry, categories=GROUPS, moment=MOMENT)


def test_an_entry_is_added_at_the_end(path: Path) -> None:
    """With its category, where the file has none of that name; one that nobody defines is left to the checks."""
    for name, category in {"org/b": "text-llm", "org/a": "text-llm", "org/c": "sound"}.items():
        add(path, id=name, category=category)

    document = json.loads(path.read_bytes().decode("utf-8-sig"))
    assert document["models"] == {
        "org/b": {"id": "org/b", "category": "text-llm"},
        "org/a": {"id": "org/a", "category": "text-llm"},
        "org/c": {"id": "org/c", "category": "sound"},
    }
    assert document["categories"] == {"text-llm": GROUPS["text-llm"]}


def test_everything_else_stays_as_it_is(path: Path) -> None:
    """The mark at the start, line ends, how a number is written."""
    add(path, id="org/a", name="通义")

    entry = '"org/a": {\r\n      "id": "org/a",\r\n      "name": "通义"\r\n    }'
    assert path.read_bytes() == EMPTY.replace(b"{}}", f"{{\r\n    {entry}\r\n  }}}}".encode())


def test_a_file_is_made_of_an_entry(path: Path) -> None:
    """Of the format that is written now, with its category, one value a line."""
    made = path.with_name("new.json")

    add(made, id="org/a", category="text-llm")

    head = {"version": FORMAT_VERSION, "last_updated": MOMENT, "categories": {"text-llm": GROUPS["text-llm"]}}
    whole = {**head, "models": {"org/a": {"id": "org/a", "category": "text-llm"}}}
    assert made.read_text(encoding="utf-8") == f"{document_text(whole)}\n"


def test_an_entry_is_not_added_twice(path: Path) -> None:
    """The file is left alone, even where the entry is another."""
    add(path, id="org/a")
    before = path.read_bytes()

    with pytest.raises(EntryExistsError) as refusal:
        add(path, id="org/a", name="another")

    assert (refusal.value.path, refusal.value.model_id, path.read_bytes()) == (path, "org/a", before)


@pytest.mark.parametrize("model_id", ["ORG/A", "org/Old"], ids=["in another case", "by a former id"])
def test_another_spelling_of_an_id_is_that_id(model_id: str, path: Path) -> None:
    """What is no entry is passed over."""
    models = {"org/x": 3, "org/y": {"aliases": "org/old"}, "org/a": {"aliases": ["org/older", "org/old"]}}

    with pytest.raises(EntryExistsError) as refusal:
        refuse_known(models, path, model_id)

    assert refusal.value.model_id == "org/a"
    refuse_known(models, path, "org/b")


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"version": "9.0.0", "models": {}}'])
def test_an_entry_is_added_to_registries_only(content: bytes, path: Path) -> None:
    """What is no registry stays what it is."""
    path.write_bytes(content)

    with pytest.raises(RegistryReadError):
        add(path, id="org/a")

    assert path.read_bytes() == content


@pytest.mark.parametrize("value", [float("inf"), "\ud800"], ids=["no number of JSON", "half a pair"])
def test_an_entry_that_is_no_json_is_refused(value: object, path: Path) -> None:
    """Else nobody could read the file again."""
    with pytest.raises(
        RegistryWriteError, match="cannot store the entry 'org/a': it has a value that JSON cannot express"
    ):
        add(path, id="org/a", notes=[value])

    assert path.read_bytes() == EMPTY


def test_a_file_without_categories_gets_an_entry_alone(path: Path) -> None:
    """There is no place for a definition, and a check says so."""
    path.write_bytes(b'{"version": "1.1.0", "last_updated": "2026-11-23T00:00:00Z", "models": {}}')

    with pytest.warns(RegistryWarning, match="/categories, left out: a required key is missing"):
        add(path, id="org/a", category="text-llm")

    assert [*json.loads(path.read_bytes())] == ["version", "last_updated", "models"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"extends": true}', '{"extends": true, "models": {"org/a": {"id": "org/a"}}}'),
        ('{"extends": true, "models": {"org/a": null}}', '{"extends": true, "models": {"org/a": {"id": "org/a"}}}'),
    ],
)
def test_an_overlay_takes_an_entry(before: str, after: str, tmp_path: Path) -> None:
    """Also where it has no models yet, or has hidden that one."""
    path = tmp_path / "own.json"
    path.write_text(before, encoding="utf-8")

    add(path, id="org/a")

    assert path.read_text("utf-8") == after


def test_an_overlay_takes_the_category_of_an_entry(tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    path.write_text('{"extends": true}', encoding="utf-8")

    add(path, id="org/a", category="text-llm")

    assert json.loads(path.read_bytes())["categories"] == {"text-llm": GROUPS["text-llm"]}


def test_models_that_are_no_object_are_told(tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    path.write_text('{"extends": true, "models": []}', encoding="utf-8")

    with pytest.raises(RegistryReadError, match="/models"):
        add(path, id="org/a")


def test_what_is_not_there_is_removed_already(path: Path) -> None:
    """The file stays as it is; one that is gone is an error."""
    remove_entry(path, "org/a", hides=False)
    assert path.read_bytes() == EMPTY
    path.unlink()

    with pytest.raises(FileNotFoundError):
        remove_entry(path, "org/a", hides=False)
