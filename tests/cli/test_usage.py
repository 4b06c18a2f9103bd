"""What is wrong with the arguments, in the same words for every command and every version of Typer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Ask = Callable[..., Any]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["show"], "ID is missing", id="an argument"),
        pytest.param(["validate"], "TASK is missing: one of training, inference", id="an argument with choices"),
        pytest.param(["new", "org/a"], "--config is missing", id="an option"),
        pytest.param(["list", "--limit"], "Option '--limit' requires an argument.", id="the value of an option"),
        pytest.param(["--registry"], "Option '--registry' requires an argument.", id="a value before the command"),
        pytest.param(["list", "--fits=3"], "Option '--fits' does not take a value.", id="a value too many"),
        pytest.param(["categories", "b"], "unexpected argument 'b'", id="an argument too many"),
        pytest.param(["categories", "b", "c"], "unexpected arguments 'b', 'c'", id="two arguments too many"),
        pytest.param(
            ["list", "--categry", "x"],
            "there is no option '--categry'; did you mean --category or --registry?",
            id="an unknown option",
        ),
        pytest.param(["-z"], "there is no option '-z'", id="an unknown letter"),
        pytest.param(
            ["validate", "inference", "x", "--max-model-len", "4096"],
            "there is no option '--max-model-len': it is a setting, --set max_model_len=VALUE",
            id="a setting",
        ),
        pytest.param(
            ["validate", "inference", "x", "--tp", "2"],
            "there is no option '--tp': it is a setting, --set n_gpus=VALUE or --set tensor_parallel_size=VALUE",
            id="a setting of another name",
        ),
        pytest.param(
            ["show", "x", "--tp", "2"],
            "there is no option '--tp'; did you mean --help?",
            id="a setting where none is taken",
        ),
        pytest.param(
            ["--color", "alwys"],
            "--color: 'alwys' is not one of 'auto', 'always', 'never'; did you mean always?",
            id="a choice before the command",
        ),
        pytest.param(
            ["validate", "trainin", "x"],
            "TASK: 'trainin' is not one of 'training', 'inference'; did you mean training?",
            id="a choice of an argument",
        ),
        pytest.param(["list", "--limit", "x"], "--limit: 'x' is not a whole number", id="no whole number"),
        pytest.param(
            ["list", "--limit", "9" * 5000], f"--limit: '{'9' * 5000}' is not a whole number", id="a long one"
        ),
        pytest.param(["list", "--max-vram", "x"], "--max-vram: 'x' is not a number", id="no number"),
        pytest.param(["list", "--max-vram", "nan"], "--max-vram: must be 0 or more", id="not a number"),
        pytest.param(["serve", "--port", "-1"], "--port: must be between 0 and 65535", id="one below"),
        pytest.param(["serve", "--port", "65536"], "--port: must be between 0 and 65535", id="one above"),
        pytest.param(["serve", "--workers", "0"], "--workers: must be between 1 and 64", id="no process"),
        pytest.param(["compare", "a"], "ID: two to six models can be compared, not 1", id="our own check"),
    ],
)
def test_what_is_wrong_is_told_in_one_sentence(arguments: list[str], message: str, mgr: Ask) -> None:
    """Exit 2, nothing on stdout; then where the help of the command is."""
    answer = mgr(*arguments)

    command = "mgr" if arguments[0].startswith("-") else f"mgr {arguments[0]}"
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == f"mgr: error: {message}\nmgr: note: {command} --help shows what it takes\n"


def test_help_is_given_whatever_else_is_wrong(mgr: Ask) -> None:
    """As without the wrong value."""
    assert mgr("list", "--format", "cvs", "--help") == mgr("list", "--help")
