"""YAML and JSON mappings with the places of their values."""

from __future__ import annotations

from pathlib import Path

import pytest

from model_garden_registry.dialects.errors import ForeignFileError
from model_garden_registry.dialects.items import Item
from model_garden_registry.dialects.texts.documents import json_document, yaml_document

FILE = Path("file")


def test_every_key_has_its_place() -> None:
    """In YAML and in JSON, also below a group that is read key by key."""
    document = yaml_document("# first\nrows: 4\nadapter:\n  rank: 8\nmirror: {a: 1}\n", FILE)
    assert document is not None
    in_json = json_document(b'{"rows": 4,\n "adapter": {"rank": 8}}', FILE)

    assert list(document.items(frozenset({"adapter"}))) == [
        Item("rows", 4, 2, 1),
        Item("adapter.rank", 8, 4, 3),
        Item("mirror", {"a": 1}, 5, 1),
    ]
    assert list(in_json.items()) == [Item("rows", 4, 1, 2), Item("adapter", {"rank": 8}, 2, 2)]


@pytest.mark.parametrize("text", ["- a\n- b\n", "just a text\n", "", "1: 2\n"])
def test_other_yaml_is_no_mapping_of_settings(text: str) -> None:
    """A list, a text, nothing, keys that are numbers: none of them is a file of settings."""
    assert yaml_document(text, FILE) is None


def test_broken_text_is_refused_with_its_place() -> None:
    """One line with file, line and column."""
    with pytest.raises(ForeignFileError, match=r"^file:\d+:\d+: is not YAML"):
        yaml_document("a: 1\nb: [\n", FILE)
    with pytest.raises(ForeignFileError, match=r"^file:1:\d+: "):
        json_document(b'{"a": }', FILE)
