"""Words in another order, or one too few, are answered with the command line that they may mean."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer

from model_garden_registry.cli.app import COMMANDS, app
from model_garden_registry.cli.slips import WITH_TASK

Ask = Callable[..., Any]

TINY, AWQ = "unsloth/tinyllama-bnb-4bit", "Qwen/Qwen3-8B-AWQ"

pytestmark = pytest.mark.usefixtures("bare_machine")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        pytest.param(f"training validate {TINY}", f"validate training {TINY}", id="task before the command"),
        pytest.param(f"validate {TINY} training", f"validate training {TINY}", id="task behind the id"),
        pytest.param(f"{TINY} validate training", f"validate training {TINY}", id="the id first"),
        pytest.param(
            f"validate {TINY} serving --gpu L4", f"validate inference {TINY} --gpu L4", id="another word for it"
        ),
        pytest.param(f"validate {TINY}", f"validate training {TINY}, or inference", id="no task"),
        pytest.param(
            f"validate {AWQ} -q", f"validate inference {AWQ} -q", id="no task, of a model that is only served"
        ),
        pytest.param(
            "plan qwen3-8b --gpu L4", "plan training qwen3-8b --gpu L4, or inference", id="no task, a name alone"
        ),
        pytest.param(
            f"validate {TINY} --method lora",
            f"validate training {TINY} --method lora, or inference",
            id="a value is no task",
        ),
        pytest.param(
            "estimate org/new --json",
            "estimate training org/new --json, or inference",
            id="no task, an id from elsewhere",
        ),
        pytest.param("fit qwen coder", "fit training qwen coder, or inference", id="no task, words"),
        pytest.param(TINY, f"show {TINY}", id="an id alone"),
        pytest.param("qwen3-8b", "show qwen3-8b", id="a name alone"),
        pytest.param("org/new --json", "show org/new --json", id="an id from elsewhere alone"),
        pytest.param(f"{TINY} show", f"show {TINY}", id="a command without a task"),
        pytest.param(f"inference {TINY}", f"validate inference {TINY}", id="a task and an id"),
        pytest.param(f"finetune {TINY}", f"validate training {TINY}", id="as other programs call it"),
        pytest.param("training", "fit training", id="a task alone"),
        pytest.param("inference --gpu L4", "fit inference --gpu L4", id="a task and an option"),
        pytest.param("fit 'RTX 4090'", "fit training --gpu 'RTX 4090', or inference", id="a GPU for the task"),
        pytest.param(
            "fit RTX 4090 --all",
            "fit training --gpu 'RTX 4090' --all, or inference",
            id="a GPU without quotation marks",
        ),
        pytest.param("fit l4 inference", "fit inference --gpu l4", id="a GPU before the task"),
        pytest.param("4090", "fit training --gpu 4090, or inference", id="a GPU alone"),
        pytest.param("training A100 80GB", "fit training --gpu 'A100 80GB'", id="a task and a GPU"),
        pytest.param("help", "--help", id="help as a command"),
        pytest.param("help fit", "fit --help", id="help of a command"),
        pytest.param("version", "--version", id="the version as a command"),
    ],
)
def test_what_was_meant_is_said(typed: str, meant: str, mgr: Ask) -> None:
    """Whole, so that it can be copied; in the same words for every command."""
    answer = mgr(*shlex.split(typed))

    assert (answer.code, answer.err.splitlines()[0].partition("; did you mean: ")[2]) == (2, f"mgr {meant}")


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        pytest.param("lst", "there is no command 'lst'; did you mean list?", id="a command with a slip"),
        pytest.param("nonsense", "there is no command 'nonsense'", id="no word of ours"),
        pytest.param("schema training", "there is no command 'training'", id="a command of a group"),
        pytest.param(
            f"validate trainin {TINY}",
            "TASK: 'trainin' is not one of 'training', 'inference'; did you mean training?",
            id="a task with a slip",
        ),
        pytest.param("list --task zzz", "--task: 'zzz' is not one of 'training', 'inference'", id="an option"),
        pytest.param("fit", "TASK is missing: one of training, inference", id="a command alone"),
    ],
)
def test_what_has_another_answer_keeps_it(typed: str, message: str, mgr: Ask) -> None:
    """A near name says more than another order."""
    assert mgr(*typed.split()).err.splitlines()[0] == f"mgr: error: {message}"


def test_without_a_registry_an_id_is_told_by_its_slash(mgr: Ask, tmp_path: Path) -> None:
    """An error about an error helps nobody."""
    path = tmp_path / "broken.json"
    path.write_text("{", encoding="utf-8")

    broken = [mgr("--registry", path, name).err.splitlines()[0] for name in ("org/a", "qwen3-8b")]

    assert broken == [
        "mgr: error: there is no command 'org/a'; did you mean: mgr show org/a",
        "mgr: error: there is no command 'qwen3-8b'",
    ]


def test_the_same_in_json(mgr: Ask) -> None:
    """In the message of the error."""
    assert "did you mean: mgr fit training --gpu L4 --json, or inference" in mgr("fit", "L4", "--json").out


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        pytest.param(f"validate training {TINY} batch_size=1", "--set batch_size=1", id="among ids"),
        pytest.param(f"estimate training {TINY} r=8 lora_alpha=8", "--set r=8 --set lora_alpha=8", id="too many words"),
        pytest.param("fit training max_seq_length=4k", "--set max_seq_length=4k", id="among words"),
        pytest.param(
            f"defaults training {TINY} 'target_modules=q_proj, v_proj'",
            "--set 'target_modules=q_proj, v_proj'",
            id="with a blank",
        ),
    ],
)
def test_a_setting_without_its_option(typed: str, meant: str, mgr: Ask) -> None:
    """One --set for each."""
    answer = mgr(*shlex.split(typed))

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.splitlines()[0] == f"mgr: error: a setting needs --set; did you mean: {meant}"


def test_commands_with_a_task_are_those() -> None:
    """The list is kept beside the commands, so that none of them has to be loaded for it."""
    group: Any = typer.main.get_command(app)
    context = typer.Context(group)
    found = [
        name
        for name in COMMANDS
        for param in getattr(group.get_command(context, name), "params", ())
        if param.name == "task" and param.param_type_name == "argument"
    ]

    assert sorted(found) == sorted(WITH_TASK)
