"""``mgr registry add``: a fine-tune of a known model."""

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


def entry(model_id: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path("storage/models_registry.json").read_bytes())["models"][model_id]
    return found


def test_a_fine_tune_is_listed_and_judged(mgr: Ask) -> None:
    answer = mgr("registry", "add", "acme/Support-8B", "--like", "qwen3-8b")

    assert (answer.code, answer.out) == (0, "")
    assert answer.err.splitlines() == [
        "mgr: note: 'qwen3-8b' is taken as Qwen/Qwen3-8B",
        "mgr: note: wrote acme/Support-8B, like Qwen/Qwen3-8B, to storage/models_registry.json",
    ]
    assert mgr("list", "acme", "-q").out == "acme/Support-8B\n"
    ours, theirs = (
        mgr("validate", "training", model_id, "--gpu", "L4").out.replace(model_id, "ID")
        for model_id in ("acme/Support-8B", "Qwen/Qwen3-8B")
    )
    assert ours == theirs
    assert mgr("schema", "check").code == mgr("lint").code == 0


def test_defaults_may_differ(mgr: Ask) -> None:
    answer = mgr("registry", "add", "acme/long", "--like", "Qwen/Qwen3-8B", "--set", "max_seq_length=8k")

    assert answer.code == 0
    assert entry("acme/long")["training_defaults"]["hyperparameters"]["max_seq_length"] == 8192


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("one", "--like", "Qwen/Qwen3-8B"), 2, "write it as ORG/MODEL"),
        (("acme/ö", "--like", "Qwen/Qwen3-8B"), 2, "write it as ORG/MODEL"),
        (("acme/one", "--like", "Qwen/Qwen33-8B"), 2, "did you mean"),
        (("acme/one",), 2, "--like"),
        (("acme/one", "--like", "Qwen/Qwen3-8B", "--set", "batch=1"), 2, "did you mean batch_size?"),
        (("acme/one", "--like", "Qwen/Qwen3-8B", "--set", "batch_size"), 2, "NAME=VALUE"),
        (("Qwen/Qwen3-4B", "--like", "Qwen/Qwen3-8B"), 2, "already"),
    ],
)
def test_what_cannot_be_added_is_one_line(arguments: tuple[str, ...], code: int, told: str, mgr: Ask) -> None:
    before = Path("storage/models_registry.json").read_bytes()

    answer = mgr("registry", "add", *arguments)

    assert (answer.code, answer.out) == (code, "")
    assert told in answer.err
    assert Path("storage/models_registry.json").read_bytes() == before


def test_a_model_below_is_named_with_its_file_and_yours(mgr: Ask) -> None:
    """The file below is not to be edited."""
    answer = mgr("registry", "add", "Qwen/Qwen3-4B", "--like", "Qwen/Qwen3-8B")

    assert "state what differs in storage/models_registry.json, or copy it there" in answer.err


@pytest.mark.parametrize("arguments", [("add", "acme/one", "--like", "Qwen/Qwen3-8B"), ("copy", "Qwen/Qwen3-8B")])
def test_a_file_that_is_not_there_is_to_be_begun(arguments: tuple[str, ...], mgr: Ask) -> None:
    answer = mgr("registry", *arguments, "--registry", "own.json")

    assert (answer.code, answer.out) == (3, "")
    assert answer.err == "mgr: error: own.json: is not there: mgr registry init with the same --registry begins it\n"


def test_the_shipped_registry_is_not_written(mgr: Ask) -> None:
    Path("storage/models_registry.json").unlink()

    answer = mgr("registry", "add", "acme/one", "--like", "Qwen/Qwen3-8B")

    assert answer.code == 3
    assert "mgr registry init makes one" in answer.err


def test_a_base_with_a_key_of_nobody_s_is_a_base(mgr: Ask) -> None:
    """The fine-tune is without it: it would be a warning of its own."""
    path = Path("storage/models_registry.json")
    stated = {"Qwen/Qwen3-8B": {"desciption": "x", "architecture": {"hiden_size": 1}, "x-team": "ours"}}
    path.write_text(json.dumps({"extends": True, "models": stated}))

    for more in ((), ("--set", "max_seq_length=4k")):
        model_id = f"acme/one{len(more)}"
        answer = mgr("registry", "add", model_id, "--like", "Qwen/Qwen3-8B", *more)

        assert answer.code == 0
        assert entry(model_id)["x-team"] == "ours"
        assert "desciption" not in entry(model_id)
        assert "hiden_size" not in entry(model_id)
