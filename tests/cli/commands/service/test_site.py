"""``mgr site``: the registry as files for any web server."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from remote_site import registry_bytes

Ask = Callable[..., Any]


def test_the_registry_in_use_is_written_under_its_digest(mgr: Ask) -> None:
    """With an index that names it; its files are the answer."""
    Path("models.json").write_bytes(registry_bytes())

    answer = mgr("--registry", "models.json", "site", "build", "public")

    index = json.loads(Path("public/index.json").read_bytes())
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == f"public/{index['file']}\npublic/index.json\n"
    assert list(json.loads(Path("public", index["file"]).read_bytes())["models"]) == ["org/model"]


def test_a_date_that_is_not_later_than_the_shipped_one_is_told(mgr: Ask) -> None:
    """No reader of this release would use it."""
    answer = mgr("site", "build", "public")

    assert answer.code == 0
    assert "readers use it only where the shipped registry is older" in answer.err


def test_the_index_is_a_document(mgr: Ask) -> None:
    """The same as the file."""
    Path("models.json").write_bytes(registry_bytes())

    answer = mgr("--registry", "models.json", "site", "build", "public", "--json")

    assert json.loads(answer.out) == json.loads(Path("public/index.json").read_bytes())


def test_a_folder_that_cannot_be_written_is_one_line(mgr: Ask) -> None:
    """And no answer."""
    Path("public").write_text("a file", encoding="utf-8")

    answer = mgr("site", "build", "public")

    assert (answer.code, answer.out) == (3, "")
    assert answer.err == "mgr: error: public: is not a folder, and cannot be created: File exists\n"


@pytest.mark.parametrize("arguments", [("site",), ("site", "--help")])
def test_the_group_alone_prints_its_help(arguments: tuple[str, ...], mgr: Ask) -> None:
    """As `mgr schema` does."""
    answer = mgr(*arguments)

    assert answer.code == 0
    assert answer.out.startswith("Usage: mgr site")
