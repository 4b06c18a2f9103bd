"""Commands in files of every kind, with the places of their words."""

from __future__ import annotations

import pytest

from model_garden_registry.dialects.items import Item, UnknownValue
from model_garden_registry.dialects.texts.commands import (
    Command,
    CommandForm,
    Word,
    command_form,
    read_commands,
)
from model_garden_registry.files.yaml_text import YamlError

SCRIPT = """#!/bin/bash
TP=2
export CUDA_VISIBLE_DEVICES=0,1
TOKEN=$(cat t) exec vllm serve a/b \\
  -tp $TP --seed $SEED
"""


def test_a_command_with_everything_around_it() -> None:
    """Words stand where they are written: that of a variable where it is set."""
    (command,) = read_commands(SCRIPT, CommandForm.SHELL)

    assert command == Command(
        tool="vllm",
        subcommand="serve",
        words=(
            Word("a/b", True, 4, 32),
            Word("-tp", True, 5, 3),
            Word("2", True, 2, 4),
            Word("--seed", True, 5, 11),
            Word("$SEED", False, 5, 18),
        ),
        environment=(Item("CUDA_VISIBLE_DEVICES", "0,1", 3, 8), Item("TOKEN", UnknownValue("$TOKEN"), 4, 1)),
        line=4,
        column=21,
    )


def test_a_launcher_is_handed_on() -> None:
    """With its own words."""
    (command,) = read_commands("torchrun --nproc_per_node 8 t.py --a", CommandForm.SHELL)

    assert command.launcher == Command(
        "torchrun", "launch", (Word("--nproc_per_node", True, 1, 10), Word("8", True, 1, 27)), (), 1, 1
    )
    assert (command.tool, command.subcommand, [word.text for word in command.words]) == ("python", "t.py", ["--a"])


MANIFEST = """\
kind: Service
apiVersion: v1
---
apiVersion: v1
kind: Pod
spec:
  containers:
  - args: [vllm serve a/b --seed 1]
    command: [sh, -c]
"""
FILES = {
    CommandForm.SHELL: ("run.sh", "# x\nvllm serve a/b --seed 1\n"),
    CommandForm.DOCKERFILE: ("Dockerfile", 'FROM vllm/vllm-openai\nCMD ["a/b", "--seed", "1"]\n'),
    CommandForm.COMPOSE: (
        "compose.yaml",
        "services:\n  x:\n    image: vllm/vllm-openai\n    command:\n      a/b\n      --seed 1\n",
    ),
    CommandForm.KUBERNETES: (
        "pod.yml",
        MANIFEST,
    ),
    CommandForm.SKYPILOT: ("sky.yaml", "run: |\n  set -e\n  vllm serve a/b --seed 1\n"),
    CommandForm.DSTACK: ("x.dstack.yml", "type: service\ncommands:\n- vllm serve a/b --seed 1\n"),
}


@pytest.mark.parametrize("form", FILES)
def test_the_same_command_in_files_of_every_kind(form: CommandForm) -> None:
    """Each is recognised, and its words stand where they are written."""
    name, text = FILES[form]
    (command,) = read_commands(text, form)
    lines = text.splitlines()

    assert command_form(name, text) is form
    assert [word.text for word in command.words] == ["a/b", "--seed", "1"]
    assert all(lines[word.line - 1][word.column - 1 :].startswith(word.text) for word in command.words)


@pytest.mark.parametrize(
    ("name", "text", "form"),
    [
        ("Dockerfile.gpu", "", CommandForm.DOCKERFILE),
        ("vllm.Dockerfile", "", CommandForm.DOCKERFILE),
        ("Containerfile", "", CommandForm.DOCKERFILE),
        ("train.slurm", "", CommandForm.SHELL),
        ("train", "#!/usr/bin/env bash\n", CommandForm.SHELL),
        ("train", "#!/bin/sh -e\n", CommandForm.SHELL),
        ("train", "#!/usr/bin/python\n", None),
        ("train.py", "", None),
        ("config.yaml", "learning_rate: 1\n", None),
        ("config.yaml", "", None),
        ("config.yaml", "run: {a: b}\n", None),
        ("config.yaml", "type: model\n", None),
        ("values.yaml", "a: 1\n---\nrun: x\n", CommandForm.SKYPILOT),
    ],
)
def test_files_are_recognised(name: str, text: str, form: CommandForm | None) -> None:
    """By their names, and YAML by what it says."""
    assert command_form(name, text) is form


@pytest.mark.parametrize("form", [form for form in CommandForm if form not in {"shell", "dockerfile"}])
def test_what_is_no_yaml_is_refused(form: CommandForm) -> None:
    """A template of a chart is none before it is filled in."""
    with pytest.raises(YamlError):
        read_commands("a: {{ .Values.a }}b\n", form)
    with pytest.raises(YamlError):
        command_form("a.yaml", "run: {{ .Values.a }}b\n")


def test_yaml_without_such_a_key_is_not_composed() -> None:
    """Whatever else is wrong with it is somebody else's to say."""
    assert command_form("a.yaml", "a: {{ .Values.a }}b\n") is None
    assert command_form("a.yaml", '{"apiVersion": v1, "kind": Pod}') is CommandForm.KUBERNETES
