"""``mgr drift``, through the real program."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Ask = Callable[..., Any]
Write = Callable[..., Path]

MODEL = "Qwen/Qwen3-8B"

pytestmark = pytest.mark.usefixtures("weaver")


@pytest.fixture
def drift(mgr: Ask) -> Ask:
    """Ask ``mgr drift``."""
    return lambda *arguments, **more: mgr("drift", *arguments, **more)


def test_a_difference_has_both_values_and_their_places(drift: Ask, write: Write) -> None:
    """The line of the file, or the tool's default, and where the registry's value comes from."""
    answer = drift(write(f"model: {MODEL}", "length: 2048", "rows: 64"))
    title, _, *lines = answer.out.splitlines()

    assert (answer.code, answer.err) == (0, "")
    assert title == f"weaver.yaml: Weaver 1.2.0; {MODEL}: 3 differences"
    assert len(lines) == 3
    assert "  line 3: rows: 64" in answer.out
    assert "registry: batch_size = 4" in answer.out
    assert "entry: /training_defaults/hyperparameters/batch_size" in answer.out
    assert "default of Weaver 1.2.0: 0.001" in answer.out


def test_a_file_that_was_exported_differs_in_nothing(drift: Ask, mgr: Ask, tmp_path: Path) -> None:
    """Whatever it is compared with is what was written."""
    assert mgr("export", "weaver", MODEL, "--format", "json", "-o", "made.json", "-q").code == 0
    made = json.loads((tmp_path / "made.json").read_text(encoding="utf-8"))
    made["adapter"] = {"rank": made.pop("adapter.rank")}
    (tmp_path / "made.json").write_text(json.dumps(made), encoding="utf-8")

    answer = drift("made.json", "--exit-code")

    assert (answer.code, answer.out) == (0, f"made.json: Weaver 1.2.0; {MODEL}: no difference\n")


def test_a_difference_fails_only_where_it_is_to(drift: Ask, write: Write) -> None:
    """It is an answer like any other."""
    path = write(f"model: {MODEL}", "rows: 64")

    assert (drift(path).code, drift(path, "--exit-code").code) == (0, 1)


def test_the_document_has_what_the_text_has(drift: Ask, write: Write) -> None:
    """Each difference with its key, line and origin."""
    document = json.loads(drift(write("model: qwen3-8b", "rows: 64"), "--json").out)
    (config,) = document["configs"]

    assert (document["format"], document["differs"]) == ("mgr.drift/1", True)
    assert config["model"] == {"written": "qwen3-8b", "id": MODEL, "how": "name"}
    assert next(one for one in config["differences"] if one["key"] == "rows") == {
        "setting": "batch_size",
        "value": 64,
        "default": 4,
        "origin": {"kind": "entry", "detail": "/training_defaults/hyperparameters/batch_size"},
        "key": "rows",
        "line": 2,
        "column": 1,
    }


@pytest.mark.parametrize(
    ("lines", "arguments", "problem"),
    [
        pytest.param(["a: 1"], [], "weaver.yaml: is not a file of a known tool (weaver)", id="no tool's"),
        pytest.param(["rows: 1"], [], "weaver.yaml:1: model is missing: name the model with --model ID", id="no model"),
        pytest.param(["rows: 1"], ["--model", "no/such"], "no model 'no/such' in the registry", id="no such model"),
        pytest.param(["rows: 1"], ["--model", "Qwen/Qwen3-8B-AWQ"], "does not support training", id="not trained"),
    ],
)
def test_where_nothing_can_be_compared_one_line_says_why(
    lines: list[str], arguments: list[str], problem: str, drift: Ask, write: Write
) -> None:
    """Invalid usage."""
    answer = drift(write(*lines), *arguments)

    assert (answer.code, answer.out) == (2, "")
    assert problem in answer.err.splitlines()[0]
    assert drift("gone.yaml").code == 2
