"""What mgr.toml sets for all commands, through the real program."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Ask = Callable[..., Any]

TINY = "unsloth/tinyllama-bnb-4bit"

pytestmark = pytest.mark.usefixtures("bare_machine")


@pytest.fixture
def configure(tmp_path: Path) -> Callable[[str], Path]:
    """Give a function that writes the configuration of the working directory."""

    def write(text: str) -> Path:
        path = tmp_path / "mgr.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize(
    ("task", "key", "value"), [("training", "stack", "axolotl"), ("inference", "engine", "sglang")]
)
def test_stack_and_engine_are_the_weakest_layer(
    task: str, key: str, value: str, configure: Callable[[str], Path], mgr: Ask
) -> None:
    """The origin names the file; the other task does not hear of it."""
    file = configure(f'{key} = "{value}"\n')
    other = "inference" if task == "training" else "training"

    document = json.loads(mgr("defaults", task, TINY, "--explain", "--json").out)
    judged = json.loads(mgr("validate", task, TINY, "--gpu", "L4", "--json").out)
    estimated = json.loads(mgr("estimate", task, TINY, "--json").out)

    assert document["settings"][key] == judged["settings"][key] == estimated["settings"][key] == value
    assert document["origins"][key] == {"kind": "file", "detail": str(file)}
    assert mgr("defaults", other, TINY).code == 0


def test_everything_else_wins_over_the_configuration(configure: Callable[[str], Path], mgr: Ask) -> None:
    """A file, an option, a setting."""
    configure('stack = "axolotl"\n')
    Path("mine.json").write_text('{"stack": "trl"}', encoding="utf-8")

    found = [
        json.loads(mgr("defaults", "training", TINY, "--json", *more).out)["settings"]["stack"]
        for more in (("--overrides", "mine.json"), ("--stack", "ms-swift"), ("--set", "stack=unsloth"))
    ]

    assert found == ["trl", "ms-swift", "unsloth"]


def test_a_stack_that_does_not_exist_names_the_file(configure: Callable[[str], Path], mgr: Ask) -> None:
    """With near ones."""
    file = configure('stack = "tlr"\n')

    result = mgr("estimate", "training", TINY)

    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(f"mgr: error: stack = 'tlr' is not valid (from file: {file}): one of ")
    assert result.err.endswith("; did you mean trl?\n")


def test_a_gpu_is_judged_where_none_is_named(configure: Callable[[str], Path], mgr: Ask) -> None:
    """That it comes from the file is said; what is named counts instead."""
    file = configure('gpu = "L4"\n')
    note = f"mgr: note: --gpu 'L4', as {file} says\n"

    for command in ("validate", "estimate"):
        configured, named = mgr(command, "training", TINY), mgr(command, "training", TINY, "--gpu", "L4")
        assert (configured.out, configured.err, named.err) == (named.out, note, "")
    for arguments in (("list", "--fits", "-q", "qwen3-8b"), ("fit", "training", "-q", "qwen3", "8b")):
        named = mgr(*[word for word in arguments if word != "--fits"], "--gpu", "L4")
        assert (mgr(*arguments).out, mgr(*arguments).err) == (named.out, note)
    assert mgr("validate", "training", TINY, "-q").err == ""
    assert "T4 judged" in mgr("validate", "training", TINY, "--gpu", "T4").out
    assert mgr("validate", "training", TINY, "--skip-hardware").err == ""
    assert mgr("list", "--limit", "1").err == ""


def test_several_gpus_may_be_configured(configure: Callable[[str], Path], mgr: Ask) -> None:
    """As columns; one estimate is about one."""
    configure('gpu = "L4, T4"\n')

    columns, estimate = mgr("validate", "training", TINY), mgr("estimate", "training", TINY)

    assert columns.out == mgr("validate", "training", TINY, "--gpu", "L4,T4").out
    assert (estimate.code, estimate.err.splitlines()[1]) == (
        2,
        "mgr: error: --gpu: the configuration names several, and this command takes one: `mgr validate` takes several",
    )


def test_what_is_compared_is_judged_as_configured(configure: Callable[[str], Path], mgr: Ask) -> None:
    """With the engine and the stack of the person or the team, as `mgr validate` says."""
    configure('engine = "sglang"\nstack = "trl"\n')

    compared = json.loads(mgr("compare", "Qwen/Qwen3-8B", "Qwen/Qwen3-4B", "--gpu", "L4", "--json").out)
    judged = [
        json.loads(mgr("validate", task, "Qwen/Qwen3-8B", "--gpu", "L4", "--json").out)["verdict"]
        for task in ("training", "inference")
    ]

    fields = {field["field"]: field["values"][0] for field in compared["fields"]}
    assert [fields["on L4.training"], fields["on L4.inference"]] == judged
    assert judged[1] == "fail"


def test_what_is_configured_is_shown(configure: Callable[[str], Path], mgr: Ask) -> None:
    """By `mgr hardware`, of this machine only, without passwords; the snapshot stays one."""
    plain = mgr("hardware").out
    file = configure(
        'stack = "trl"\ngpu = "L4"\nregistry = "mine.json"\n[remote]\nurl = "https://user:secret@host/r"\n'
    )
    Path("host.json").write_text(mgr("hardware", "--json").out, encoding="utf-8")

    shown = mgr("hardware").out

    assert "Set by configuration" not in plain
    assert shown.removeprefix(plain).splitlines()[-5:] == [
        "Set by configuration",
        f"  gpu       L4              {file}",
        f"  registry  mine.json       {file}",
        f"  stack     trl             {file}",
        f"  remote    https://host/r  {file}",
    ]
    assert mgr("hardware", "--hardware", "host.json").out == plain


def test_a_file_that_does_not_count_is_no_answer(
    configure: Callable[[str], Path], mgr: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 3 with file and owner, before anything is judged."""
    file = configure('gpu = "L4"\n')
    monkeypatch.setattr("model_garden_registry.files.configuration._user", lambda: 1)
    monkeypatch.setattr("model_garden_registry.files.configuration._owner", lambda path: 4_000_000_000 * (path == file))

    for arguments in (("list",), ("validate", "training", TINY), ("fit", "training"), ("hardware",)):
        result = mgr(*arguments)
        assert (result.code, result.out) == (3, "")
        assert result.err.startswith(
            f"mgr: error: {file}: belongs to user 4000000000, not to you, root, or the owner of "
        )
