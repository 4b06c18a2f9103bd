"""``mgr registry``: its commands together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry.cli.commands.registries.registry import SUBCOMMANDS

Ask = Callable[..., Any]


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_the_group_says_of_a_command_what_its_own_help_begins_with(name: str, mgr: Ask) -> None:
    """Its file is not imported for that, so the sentence stands twice."""
    _, own, *_ = mgr("registry", name, "--help", env={"COLUMNS": "200"}).out.split("\n\n")

    assert own.strip() == SUBCOMMANDS[name]


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_every_command_has_help(name: str, mgr: Ask) -> None:
    """`-h` and `--help` are the same text, at most 80 columns wide, with the shared options."""
    short, long = mgr("registry", name, "-h"), mgr("registry", name, "--help")

    assert short == long
    assert (short.code, short.err) == (0, "")
    assert short.out.startswith(f"Usage: mgr registry {name}")
    assert all(option in short.out for option in ("--registry", "--color", "--version", "--help"))
    assert max(map(len, short.out.splitlines())) <= 80


def test_the_group_alone_lists_its_commands(mgr: Ask) -> None:
    """Each in a line of its own, with a whole sentence."""
    answer = mgr("registry")

    assert (answer.code, answer.err) == (0, "")
    lines = answer.out.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in lines if line[2] != " "] == list(SUBCOMMANDS)
    assert answer.out.rstrip().endswith(".")


def test_every_command_has_its_test_file() -> None:
    """Beside this one."""
    assert [name for name in SUBCOMMANDS if not Path(__file__).with_name(f"test_{name}.py").is_file()] == []


def test_an_unknown_command_gets_near_names(mgr: Ask) -> None:
    """As everywhere."""
    answer = mgr("registry", "migrat")

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("mgr: error: there is no command 'migrat'; did you mean migrate?\n")
