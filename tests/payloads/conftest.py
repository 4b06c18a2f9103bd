"""Results that every format is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from model_garden_registry.errors import RegistryReadError, UnknownModelError
from model_garden_registry.findings import Code, Finding, Place, Severity
from model_garden_registry.reports import Outcome, Report

#: What a registry may hold and a format must not trip over.
_HOSTILE = {
    "line ends": "one\ntwo\r\nthree",
    "a workflow command": "::error::%0A,a=b:c",
    "markup": ']]><x a="\'&"/>',
    "control characters": "\x1b[2J\x00\x07\x9b",
    "what XML forbids": "\ud83c \ufffe",
    "beyond ASCII": "Größe 🎨 漢字",
    "10 kB": "long " * 2000,
}


@pytest.fixture(params=_HOSTILE.values(), ids=_HOSTILE)
def hostile_text(request: pytest.FixtureRequest) -> str:
    """Give a text that means something to a terminal, a log or a parser."""
    text: str = request.param
    return text


@pytest.fixture
def hostile_report(hostile_text: str) -> Report:
    """Give a model whose id and message are that text."""
    place = Place(file="a.json", line=1, column=1, pointer="/models/x")
    finding = Finding(code=Code.DEPRECATED, severity=Severity.FAIL, message=hostile_text, place=place)
    return Report(subject=hostile_text, task="training", findings=(finding,))


@pytest.fixture
def file_report() -> Report:
    """Give a file with one failure and one warning."""
    typo = Place(file="storage/a b.json", line=12, column=7, pointer="/models/a~1b/nmae")
    date = Place(file="storage/a b.json", line=3, column=3, pointer="/last_updated")
    return Report(
        subject="storage/a b.json",
        findings=(
            Finding(
                code=Code.UNKNOWN_KEY,
                severity=Severity.FAIL,
                message="unknown key 'nmae'; did you mean name?",
                where="a/b",
                place=typo,
            ),
            Finding(code=Code.DATE_INVALID, severity=Severity.WARNING, message="no real moment", place=date),
        ),
    )


@pytest.fixture
def model_report() -> Report:
    """Give a model that nothing stands against, without a look at hardware."""
    return Report(
        subject="a/b",
        task="inference",
        findings=(Finding(code=Code.NOT_CHECKED, severity=Severity.NOTE, message="hardware not checked"),),
    )


@pytest.fixture
def unknown_report() -> Report:
    """Give a model that could not be judged."""
    finding = Finding(code=Code.ENTRY_INVALID, severity=Severity.UNKNOWN, message="entry 'x' is not valid")
    return Report(subject="x", task="training", findings=(finding,))


@pytest.fixture
def every_outcome(file_report: Report, model_report: Report, unknown_report: Report) -> list[Outcome]:
    """Give a result of each kind."""
    return [
        file_report,
        model_report,
        unknown_report,
        UnknownModelError("lama", ("llama",)),
        RegistryReadError(Path("storage/c.json"), "may not be read by this user"),
    ]
