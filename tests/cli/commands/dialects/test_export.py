"""``mgr export``, through the real program."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry.files.yaml_text import parse_yaml

Ask = Callable[..., Any]

MODEL = "Qwen/Qwen3-8B"

pytestmark = pytest.mark.usefixtures("weaver")


@pytest.fixture
def export(mgr: Ask) -> Ask:
    """Ask ``mgr export``."""
    return lambda *arguments, **more: mgr("export", *arguments, **more)


def test_without_arguments_the_targets_are_listed(export: Ask) -> None:
    """Each with its tool, its task and its forms; JSON says the same."""
    text, document = export(), json.loads(export("--json").out)

    row = next(line for line in text.out.splitlines() if line.startswith("weaver "))
    assert re.split(r" {2,}", row) == ["weaver", "Weaver 1.2.0", "training", "yaml, json, script", "yes"]
    assert document["format"] == "mgr.targets/1"
    assert document["targets"][0] == {
        "name": "weaver",
        "title": "Weaver 1.2.0",
        "tasks": ["training"],
        "forms": ["yaml", "json", "script"],
        "checked": True,
    }
    assert (text.code, text.err) == (0, "")


def test_the_file_goes_to_stdout_and_the_talk_to_stderr(export: Ask) -> None:
    """With the settings that other commands take."""
    answer = export("weaver", MODEL, "--set", "batch_size=3", "--stack", "trl")

    assert answer.code == 0
    assert parse_yaml(answer.out)["rows"] == 3  # type: ignore[index]
    assert "mgr: note: run: weaver FILE\n" in answer.err
    assert export("weaver", MODEL, "--quiet").err == export("weaver", MODEL, "-q").err == ""


def test_an_id_may_be_written_as_people_do(export: Ask) -> None:
    """One line says what was taken, and the file has the id."""
    answer = export("weaver", "qwen3-8b")

    assert parse_yaml(answer.out)["model"] == MODEL  # type: ignore[index]
    assert "mgr: note: 'qwen3-8b' is taken as Qwen/Qwen3-8B\n" in answer.err


def test_each_form_can_be_asked_for(export: Ask) -> None:
    """And no other."""
    assert json.loads(export("weaver", MODEL, "--format", "json").out)["model"] == MODEL
    assert export("weaver", MODEL, "--format", "script").out.endswith(f"weave('{MODEL}', 7)\n")
    assert export("weaver", MODEL, "--format", "yaml").out == export("weaver", MODEL).out
    refused = export("weaver", MODEL, "--format", "argv")
    assert (refused.code, refused.out) == (1, "")
    assert "it is written as yaml or json or script, not as argv" in refused.err


def test_the_document_has_the_text_and_the_notes(export: Ask) -> None:
    """And what was written, for whom."""
    answer = export("weaver", MODEL, "--json", "--quiet")
    document = json.loads(answer.out)

    assert document["text"] == export("weaver", MODEL, "-q").out
    assert document["notes"][0] == "run: weaver FILE"
    del document["text"], document["notes"]
    assert document == {"format": "mgr.export/1", "target": "weaver", "id": MODEL, "task": "training", "form": "yaml"}


def test_a_gpu_is_judged_and_a_no_is_a_note(export: Ask) -> None:
    """The file is written all the same: it is what was asked for."""
    answer = export("weaver", MODEL, "--gpu", "T4", "--set", "batch_size=64")

    assert answer.code == 0
    assert parse_yaml(answer.out)["rows"] == 64  # type: ignore[index]
    assert "mgr: note: verdict: fail: " in answer.err
    several = export("weaver", MODEL, "--gpu", "T4,L4")
    assert (several.code, several.out) == (2, "")


def test_hardware_may_come_from_a_file(export: Ask, mgr: Ask, tmp_path: Path) -> None:
    """One that ``mgr hardware`` wrote."""
    (tmp_path / "machine.json").write_text(mgr("hardware", "--json").out, encoding="utf-8")

    assert export("weaver", MODEL, "--hardware", "machine.json").code == 0


def test_overrides_may_come_from_a_file(export: Ask, tmp_path: Path) -> None:
    """As for every command that merges settings."""
    (tmp_path / "mine.json").write_text('{"batch_size": 5}', encoding="utf-8")

    assert parse_yaml(export("weaver", MODEL, "--overrides", "mine.json").out)["rows"] == 5  # type: ignore[index]


def test_a_file_is_written_and_never_over_another(export: Ask, tmp_path: Path) -> None:
    """But with --force."""
    path = tmp_path / "out.yaml"
    first = export("weaver", MODEL, "--output", path)
    written = path.read_text(encoding="utf-8")
    second = export("weaver", MODEL, "-o", path, "--set", "batch_size=3")
    kept = path.read_text(encoding="utf-8")
    forced = export("weaver", MODEL, "-o", path, "--set", "batch_size=3", "--force", "--quiet")

    assert (first.code, first.out, written) == (0, "", export("weaver", MODEL).out)
    assert first.err.endswith(f"mgr: note: wrote {path}\n")
    assert (second.code, kept) == (2, written)
    assert f"mgr: error: --output: {path} exists; --force overwrites it" in second.err
    assert (forced.code, forced.out, forced.err) == (0, "", "")
    assert parse_yaml(path.read_text(encoding="utf-8"))["rows"] == 3  # type: ignore[index]
    assert export("weaver", MODEL, "-o", tmp_path / "no" / "such.yaml").code == 3


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("weavr", MODEL), "TARGET: there is no target 'weavr'; did you mean weaver"),
        (("q", MODEL), "TARGET: there is no target 'q'; there are weaver"),
        (("weaver",), "ID: name a model: mgr export weaver ID"),
        ((MODEL, "weaver"), f"the target comes first; did you mean: mgr export weaver {MODEL}"),
        (("weaver", "no/such"), "no model 'no/such' in the registry"),
        (("weaver", MODEL, "--set", "batch_size=0"), "batch_size = "),
        (("weaver", MODEL, "--stack", "unsloth"), "stack = 'unsloth' is not valid"),
        (("weaver", MODEL, "--engine", "vllm"), "only for inference"),
        (("weaver", MODEL, "--format", "toml"), "'toml' is not one of"),
        (("weaver", MODEL, "--replicas", "0"), "--replicas: "),
        (("train+serve", MODEL, "--replicas", "2", "-o", "x", "--train", "weaver"), "--replicas: not for train+serve"),
    ],
)
def test_invalid_usage_is_one_line(arguments: tuple[str, ...], problem: str, export: Ask) -> None:
    """With what may have been meant."""
    answer = export(*arguments)

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("mgr: error: ")
    assert problem in answer.err.splitlines()[0]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ((MODEL, "--set", "packing=true"), "Weaver has no option for packing"),
        ((MODEL, "--set", "max_seq_length=8192"), "Weaver takes 4096 tokens at most"),
        ((MODEL, "--method", "lora"), "Weaver has no option for method"),
        ((MODEL, "--task", "inference"), "it has no files for inference"),
        (("Qwen/Qwen3-8B-AWQ", "--task", "training"), "the model does not support training"),
        (("Qwen/Qwen3-8B-AWQ",), "the model does not support training"),
        ((MODEL, "--replicas", "2"), "it starts one server"),
    ],
)
def test_what_cannot_be_said_is_refused_with_the_reason(arguments: tuple[str, ...], why: str, export: Ask) -> None:
    """The answer is no: nothing is written."""
    answer, document = export("weaver", *arguments), json.loads(export("weaver", *arguments, "--json").out)

    assert (answer.code, answer.out) == (1, "")
    assert answer.err == f"mgr: error: model '{arguments[0]}' cannot be exported for weaver: {why}\n"
    assert (document["error"], document["why"]) == ("UnsupportedExportError", why)


def test_the_stack_that_the_configuration_names_gives_way(export: Ask, tmp_path: Path) -> None:
    """A target has its own; one that was asked for by hand is refused."""
    (tmp_path / "mgr.toml").write_text('stack = "unsloth"\n', encoding="utf-8")

    assert export("weaver", MODEL).code == 0


def test_a_shell_is_offered_targets(mgr: Ask) -> None:
    """What begins as what is typed."""
    offered = mgr(env={"_MGR_COMPLETE": "complete_bash", "COMP_WORDS": "mgr export we", "COMP_CWORD": "2"})

    assert offered.out.split() == ["weaver"]
