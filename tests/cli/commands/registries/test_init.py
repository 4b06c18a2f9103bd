"""``mgr registry init``: an empty overlay for one's own models."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Ask = Callable[..., Any]


HERE = Path("storage/models_registry.json")


def test_an_overlay_is_begun_here(mgr: Ask) -> None:
    """With its schema; from then on it is the registry in use, and the shipped models are there."""
    before = mgr("list", "-q").out

    answer = mgr("registry", "init")

    assert (answer.code, answer.out) == (0, "")
    assert answer.err == (
        "mgr: note: wrote storage/models_registry.json, an overlay on the registry below it, and "
        "storage/models_registry_overlay.schema.json for editors\n"
    )
    assert json.loads(HERE.read_bytes())["extends"] is True
    assert mgr("list", "-q").out == before
    assert mgr("schema", "check").code == mgr("lint").code == 0


def test_it_is_begun_where_registry_says(mgr: Ask) -> None:
    assert mgr("registry", "init", "--registry", "own/models.json").code == 0
    assert Path("own/models_registry_overlay.schema.json").is_file()
    assert not HERE.exists()


def test_it_is_begun_where_the_configuration_says(mgr: Ask) -> None:
    """Else it would be there, and not in use."""
    Path("mgr.toml").write_text('registry = "models.json"', encoding="utf-8")
    missing = mgr("registry", "add", "acme/one", "--like", "Qwen/Qwen3-8B")

    assert (missing.code, mgr("registry", "init").code) == (3, 0)
    assert missing.err.endswith("models.json: is not there: mgr registry init begins it\n")
    assert mgr("registry", "add", "acme/one", "--like", "Qwen/Qwen3-8B").code == 0
    assert "acme/one" in Path("models.json").read_text("utf-8")
    assert not HERE.exists()


def test_a_file_that_is_there_stays(mgr: Ask) -> None:
    HERE.parent.mkdir()
    HERE.write_text("mine", encoding="utf-8")

    answer = mgr("registry", "init")

    assert (answer.code, answer.out) == (2, "")
    assert "storage/models_registry.json is there already" in answer.err
    assert HERE.read_text("utf-8") == "mine"


def test_a_place_that_cannot_be_written_is_one_line(mgr: Ask) -> None:
    Path("storage").write_text("", encoding="utf-8")

    answer = mgr("registry", "init")

    assert (answer.code, answer.out) == (3, "")
    assert answer.err.count("\n") == 1
