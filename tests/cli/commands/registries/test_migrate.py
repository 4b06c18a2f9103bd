"""``mgr registry migrate``: a registry file of an older format, brought to the newest one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Ask = Callable[..., Any]


def test_a_file_is_brought_to_the_newest_format(mgr: Ask, tmp_path: Path) -> None:
    """In place; a second time it is there already."""
    path = tmp_path / "old.json"
    path.write_bytes(b'{"version": "1.0.0" ,\r\n "models": {"x": 1.50}}')

    first, second = mgr("registry", "migrate", "old.json"), mgr("registry", "migrate", "old.json")

    assert (first.code, first.out) == (0, "old.json: format 1.0.0 → 1.2.0\n")
    assert (second.code, second.out) == (0, "old.json: format 1.2.0 already\n")
    assert path.read_bytes() == b'{"version": "1.2.0" ,\r\n "models": {"x": 1.50}}'


def test_what_is_filled_is_named(mgr: Ask, repository: Path) -> None:
    """One line for each entry."""
    shipped = json.loads((repository / "storage/models_registry.json").read_bytes())
    entry = {key: value for key, value in shipped["models"]["Qwen/Qwen3-8B"].items() if key != "architecture"}
    Path("old.json").write_text(json.dumps({**shipped, "models": {"Qwen/Qwen3-8B": entry}}))

    answer = mgr("registry", "migrate", "--fill", "old.json")

    assert (answer.code, answer.out) == (
        0,
        "old.json: format 1.2.0 already\n  Qwen/Qwen3-8B: added architecture\n",
    )
    assert mgr("schema", "check", "old.json").code == 0


def test_what_is_no_registry_is_one_line(mgr: Ask) -> None:
    """And no answer."""
    Path("old.json").write_text("[]")

    answer = mgr("registry", "migrate", "old.json")

    assert (answer.code, answer.out) == (3, "")
    assert answer.err == "mgr: error: old.json:1:1: holds a list, not an object\n"
