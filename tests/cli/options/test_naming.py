"""Ids as people write them, on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Ask = Callable[..., Any]
Write = Callable[..., Path]

TAKEN = "mgr: note: 'lama-3' is taken as org/Lama-3\n"


@pytest.fixture(autouse=True)
def _registry(registry: Write) -> None:
    registry({"id": "org/Lama-3", "aliases": ["org/former"]}, {"id": "org/other"})


@pytest.mark.parametrize(
    "command",
    ["show", "audit", "defaults training", "estimate inference", "validate training --skip-hardware"],
)
def test_every_command_takes_ids_as_people_write_them(command: str, mgr: Ask) -> None:
    """And answers as for the id itself, with one line that says what was taken."""
    asked, exact = (mgr(*command.split(), model_id) for model_id in ("lama-3", "org/Lama-3"))

    assert (asked.code, asked.out) == (exact.code, exact.out)
    assert (asked.err.removeprefix(TAKEN), asked.err.startswith(TAKEN)) == (exact.err, True)


def test_of_several_ids_one_line_says_what_was_taken(mgr: Ask) -> None:
    """In the order in which they were written; an id that stands so is not named."""
    answer = mgr("compare", "https://hf.co/org/Lama-3", "OTHER")

    assert answer.code == 0
    assert answer.err == "mgr: note: taken: 'https://hf.co/org/Lama-3' as org/Lama-3, 'OTHER' as org/other\n"
    assert mgr("compare", "org/Lama-3", "org/other").err == ""


def test_a_text_that_means_nothing_does_not_keep_the_others_from_being_judged(mgr: Ask) -> None:
    """It is an outcome beside theirs, and the exit code is 2."""
    answer = mgr("validate", "training", "lama-3", "org/none", "org/other", "--skip-hardware", "--json")

    reports = json.loads(answer.out)["reports"]
    assert answer.code == 2
    assert [(report.get("subject"), report.get("asked")) for report in reports] == [
        ("org/Lama-3", "lama-3"),
        (None, None),
        ("org/other", None),
    ]
    assert answer.err.startswith(TAKEN)


def test_quiet_keeps_the_line_away(mgr: Ask) -> None:
    """As every note that concerns the call."""
    told, quiet = (mgr("validate", "training", "lama-3", "--skip-hardware", *more) for more in ((), ("-q",)))

    assert (told.err, quiet.err) == (TAKEN, "")


def test_a_report_within_an_estimate_says_what_was_asked(mgr: Ask) -> None:
    """As the report of a verdict does."""
    document = json.loads(mgr("estimate", "inference", "org/former", "--gpu", "L4", "--json").out)

    assert (document["report"]["subject"], document["report"]["asked"]) == ("org/Lama-3", "org/former")
