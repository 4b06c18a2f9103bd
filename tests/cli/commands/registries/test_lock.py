"""``mgr registry lock``: what models were when they were chosen, and what has changed since."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Ask = Callable[..., Any]
Write = Callable[..., Path]


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch, registry: Write) -> None:
    """Use a registry of two models, and no cache."""
    monkeypatch.setenv("HF_HUB_CACHE", "none")
    registry({"id": "org/model", "license": "mit"}, {"id": "org/other"})


def test_models_are_locked_and_checked(mgr: Ask, registry: Write) -> None:
    """A change is named; locking again takes it over."""
    written = mgr("registry", "lock", "MODEL")
    sound = mgr("registry", "lock", "--check")
    registry({"id": "org/model", "license": "apache-2.0"}, {"id": "org/other"})
    changed = mgr("registry", "lock", "--check")
    renewed = mgr("registry", "lock")

    assert (written.code, written.out) == (0, "mgr.lock: 1 model\n")
    assert written.err == "mgr: note: 'MODEL' is taken as org/model\n"
    assert (sound.code, sound.out) == (0, "nothing has changed\n")
    assert changed.code == 1
    assert [line.rpartition(": ")[0] for line in changed.out.splitlines()] == [
        "registry",
        "org/model: entry",
        "org/model: license",
    ]
    assert changed.out.endswith("org/model: license: mit → apache-2.0\n")
    assert (renewed.code, renewed.out) == (0, "mgr.lock: 1 model\n")
    assert mgr("registry", "lock", "--check").code == 0


def test_models_are_added(mgr: Ask) -> None:
    """Beside those that are locked; a lock may have another name."""
    mgr("registry", "lock", "org/model", "--file", "own.lock")
    again = mgr("registry", "lock", "org/model", "--file", "own.lock")
    both = mgr("registry", "lock", "org/other", "--file", "own.lock")

    assert again.out == "own.lock: 1 model, unchanged\n"
    assert both.out == "own.lock: 2 models\n"
    assert list(json.loads(Path("own.lock").read_text())["models"]) == ["org/model", "org/other"]
    assert not Path("mgr.lock").exists()


def test_a_model_that_is_gone_is_told(mgr: Ask, registry: Write) -> None:
    """And left out."""
    mgr("registry", "lock", "org/model", "org/other")
    registry({"id": "org/other"})

    checked, renewed = mgr("registry", "lock", "--check"), mgr("registry", "lock")

    assert checked.out.endswith("org/model: no longer in the registry\n")
    assert renewed.err == "mgr: warning: org/model is no longer in the registry, and not locked any more\n"
    assert renewed.out == "mgr.lock: 1 model\n"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ([], 2, "mgr.lock has no models yet: name those to lock"),
        (["--check", "org/model"], 2, "--check takes no ids: it checks all that are locked"),
        (["--check"], 3, "mgr.lock: no such lock: mgr registry lock ID… makes one"),
        (["org/nothing"], 2, "no model 'org/nothing' in the registry"),
        (["--check", "--file", "registry.json"], 3, "registry.json: is no lock of this release"),
    ],
)
def test_what_cannot_be_done_is_told(arguments: list[str], code: int, words: str, mgr: Ask) -> None:
    """One line; nothing is written."""
    answer = mgr("registry", "lock", *arguments)

    assert (answer.code, answer.out) == (code, "")
    assert words in answer.err
    assert not Path("mgr.lock").exists()


def test_a_model_that_was_renamed_stays_locked(mgr: Ask, registry: Write) -> None:
    """Under its new id; of many that are gone some are named, in one line."""
    registry({"id": "org/old"}, *({"id": f"org/{number}"} for number in range(7)))
    mgr("registry", "lock", "org/old", *(f"org/{number}" for number in range(7)))
    registry({"id": "org/new", "aliases": ["org/old"]})

    checked, renewed = mgr("registry", "lock", "--check"), mgr("registry", "lock")

    assert "org/old: renamed; now org/new" in checked.out
    assert list(json.loads(Path("mgr.lock").read_text())["models"]) == ["org/new"]
    told = "org/0, org/1, org/2, org/3, org/4 and 2 more are no longer in the registry, and not locked any more"
    assert renewed.err == f"mgr: warning: {told}\n"
    registry()
    assert "mgr.lock has no models any more: name those to lock" in mgr("registry", "lock").err
