"""Under GitHub Actions nothing that stands in a file is a command to it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

Ask = Callable[..., Any]
Write = Callable[..., Any]

#: Names that are commands where they start a line, or anywhere in it.
STARTS, ANYWHERE = "::add-mask::a", "a##[error]b"
HOSTILE = [
    {"id": name, "name": name, "description": name, "provider": name, "notes": [name]} for name in (STARTS, ANYWHERE)
]
OURS = re.compile(r"::(error|warning|notice) [^:]*::")

COMMANDS = [
    *(("list", "--format", form) for form in ("table", "json", "jsonl", "csv", "markdown", "ids")),
    *(("show", name) for name in (STARTS, ANYWHERE)),
    ("show", STARTS, "--json"),
    ("compare", STARTS, ANYWHERE),
    ("defaults", "training", STARTS),
    *(
        ("validate", "training", STARTS, ANYWHERE, "--gpu", "L4", "--format", f)
        for f in ("text", "json", "sarif", "junit")
    ),
    *(("lint", "--format", form) for form in ("text", "json", "sarif", "junit")),
    ("schema", "check"),
    ("audit",),
    ("fit", "training", "--gpu", "L4"),
    ("export", "vllm", STARTS),
    ("show", "::nothing::"),
    ("show", "##[nothing]"),
]


@pytest.fixture(autouse=True)
def _in_actions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be a step of a workflow."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_line_is_a_command(command: tuple[str, ...], mgr: Ask, registry: Write) -> None:
    """In whatever format, on stdout and on stderr."""
    registry(*HOSTILE)

    answer = mgr(*command)

    lines = [line for line in re.split(r"[\r\n]+", answer.out + answer.err) if line]
    assert lines
    assert [line for line in lines if line.lstrip().startswith("::") or "##[" in line] == []


@pytest.mark.parametrize("command", [("lint",), ("validate", "training", STARTS, ANYWHERE, "--gpu", "L4")])
def test_annotations_are_commands_of_ours(command: tuple[str, ...], mgr: Ask, registry: Write) -> None:
    """Each line is one, and none holds another."""
    registry(*HOSTILE)

    lines = mgr(*command, "--format", "github").out.splitlines()

    assert lines
    assert [line for line in lines if not OURS.match(line) or "##[" in line] == []


def test_a_document_says_what_it_said(mgr: Ask, registry: Write) -> None:
    """What stands for the signs is read as them."""
    registry(*HOSTILE)

    rows = json.loads(mgr("list", "--json").out)["models"]

    assert [row["id"] for row in rows] == [STARTS, ANYWHERE]


def test_elsewhere_text_stays_as_it_is(mgr: Ask, registry: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal takes no such commands."""
    registry(*HOSTILE)
    monkeypatch.delenv("GITHUB_ACTIONS")

    assert mgr("list", "--format", "ids").out.splitlines() == [STARTS, ANYWHERE]
