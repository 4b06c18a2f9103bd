"""Options that change settings, through the real program."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

Ask = Callable[..., Any]

TINY = "unsloth/tinyllama-bnb-4bit"

pytestmark = pytest.mark.usefixtures("bare_machine")


@pytest.mark.parametrize("stack", ["unsloth", "trl", "axolotl", "llama-factory", "ms-swift"])
def test_every_stack_is_chosen_by_its_name(stack: str, mgr: Ask) -> None:
    """As the setting has it."""
    settings = json.loads(mgr("defaults", "training", TINY, "--stack", stack, "--json").out)["settings"]

    assert settings["stack"] == stack


@pytest.mark.parametrize("command", ["validate", "estimate", "defaults"])
@pytest.mark.parametrize(
    ("task", "option", "value"),
    [("training", "stack", "trl"), ("training", "method", "lora"), ("inference", "engine", "sglang")],
)
def test_an_option_is_a_setting(command: str, task: str, option: str, value: str, mgr: Ask) -> None:
    """Each command takes it, and what follows from it comes with it."""
    by_option = mgr(command, task, TINY, f"--{option}", value, "--json")
    by_setting = mgr(command, task, TINY, "--set", f"{option}={value}", "--json")

    assert by_option == by_setting
    assert json.loads(by_option.out)["settings"][option] == value


def test_a_setting_wins_over_an_option(mgr: Ask) -> None:
    """The text says which of them each value comes from."""
    arguments = ("--stack", "axolotl", "--method", "lora", "--set", "stack=trl", "--explain")
    result = mgr("defaults", "training", TINY, *arguments)

    rows = {line.split()[0]: line.split()[1:] for line in result.out.splitlines() if line}
    assert rows["stack"] == ["trl", "override:", "--set"]
    assert rows["method"] == ["lora", "override:", "--method"]


@pytest.mark.parametrize("command", ["validate", "estimate", "defaults"])
@pytest.mark.parametrize(
    ("task", "arguments", "message"),
    [
        (
            "inference",
            ("--stack", "trl"),
            "--stack: only for training: inference has no stack; the engine of inference is chosen with --engine",
        ),
        (
            "training",
            ("--engine", "vllm"),
            "--engine: only for inference: training has no engine; the stack of training is chosen with --stack",
        ),
        ("inference", ("--method", "lora"), "--method: only for training: inference has no method"),
    ],
)
def test_an_option_of_the_other_task_is_refused(
    command: str, task: str, arguments: tuple[str, ...], message: str, mgr: Ask
) -> None:
    """The error says which belongs."""
    result = mgr(command, task, TINY, *arguments)

    assert (result.code, result.out) == (2, "")
    assert result.err == f"mgr: error: {message}\nmgr: note: mgr {command} --help shows what it takes\n"


def test_k_is_1024(mgr: Ask) -> None:
    """As lengths are counted."""
    result = mgr("defaults", "inference", TINY, "--set", "max_model_len=1.5k", "--json")

    assert json.loads(result.out)["settings"]["max_model_len"] == 1536


def test_several_settings_as_one_are_answered_with_how_to_write_them(mgr: Ask) -> None:
    """One line, and the answer can be copied."""
    result = mgr("defaults", "training", TINY, "--set", "batch_size=1,max_seq_length=512")

    assert (result.code, result.err) == (
        2,
        (
            "mgr: error: --set = 'batch_size=1,max_seq_length=512' is not valid: one --set for each: "
            "--set batch_size=1 --set max_seq_length=512\n"
        ),
    )
