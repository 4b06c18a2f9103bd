"""``mgr registry copy``: an entry, copied into one's own registry."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Ask = Callable[..., Any]


@pytest.fixture(autouse=True)
def _own_registry(mgr: Ask) -> None:
    assert mgr("registry", "init").code == 0


def test_an_entry_is_copied_whole(mgr: Ask) -> None:
    """Nothing changes but where it comes from."""
    before = mgr("show", "Qwen/Qwen3-8B", "--json").out

    answer = mgr("registry", "copy", "Qwen/Qwen3-8B")

    assert (answer.code, answer.err) == (0, "mgr: note: wrote Qwen/Qwen3-8B to storage/models_registry.json\n")
    assert mgr("show", "Qwen/Qwen3-8B", "--json").out == before
    origins = json.loads(mgr("show", "Qwen/Qwen3-8B", "--json", "--origins").out)["origins"]
    assert origins == {"": {"named_by": "directory", "file": "storage/models_registry.json"}}
    assert mgr("schema", "check").code == mgr("lint").code == 0


def test_the_same_weights_have_another_id(mgr: Ask) -> None:
    assert mgr("registry", "copy", "Qwen/Qwen3-8B", "acme/mirror").code == 0

    entry = json.loads(mgr("show", "acme/mirror", "--json").out)["entry"]
    assert entry["urls"]["huggingface"] == "https://huggingface.co/acme/mirror"
    assert mgr("list", "acme", "-q").out == "acme/mirror\n"


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("Qwen/Qwen33-8B",), 2, "did you mean"),
        (("Qwen/Qwen3-8B", "a b"), 2, "write it as ORG/MODEL"),
        (("Qwen/Qwen3-8B", "Qwen/Qwen3-4B"), 2, "already"),
    ],
)
def test_what_cannot_be_copied_is_one_line(arguments: tuple[str, ...], code: int, told: str, mgr: Ask) -> None:
    answer = mgr("registry", "copy", *arguments)

    assert (answer.code, answer.out) == (code, "")
    assert told in answer.err


@pytest.mark.parametrize("entry", [5, [], "text", {}, {"id": "a/b"}])
def test_an_entry_that_is_none_is_not_copied(entry: object, mgr: Ask) -> None:
    """One line says what is wrong with it; nothing is written."""
    path = Path("storage/models_registry.json")
    path.write_text(json.dumps({"extends": True, "models": {"a/b": entry}}))
    before = path.read_bytes()

    for more in ((), ("a/c",)):
        answer = mgr("registry", "copy", "a/b", *more)

        assert (answer.code, answer.out, path.read_bytes()) == (3, "", before)
        assert "entry 'a/b' is not valid at /models/a~1b" in answer.err
