"""Workflow commands of GitHub Actions."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.findings import Code, Finding, Place, Severity
from model_garden_registry.payloads.formats.github import github_lines
from model_garden_registry.reports import Outcome, Report
from model_garden_registry.visible_text import visible

_COMMAND = re.compile(r"::(\w+) (.*?)::(.*)", re.DOTALL)


def read_command(line: str) -> tuple[str, dict[str, str], str]:
    """Read a line as the runner does: command, properties, message."""
    match = _COMMAND.fullmatch(line)
    assert match
    command, stated, message = match.groups()
    pairs = (pair.partition("=") for pair in stated.split(","))
    properties = {name: _unescape(value.replace("%3A", ":").replace("%2C", ",")) for name, _, value in pairs}
    return command, properties, _unescape(message)


def _unescape(text: str) -> str:
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def test_every_finding_is_one_command(every_outcome: list[Outcome], tmp_path: Path) -> None:
    """Failures are errors, notes are notices; a model is named in the title, a file is the place."""
    assert list(github_lines(every_outcome, base=tmp_path)) == [
        "::error file=storage/a b.json,line=12,col=7,title=unknown-key::unknown key 'nmae'; did you mean name?",
        "::warning file=storage/a b.json,line=3,col=3,title=date-invalid::no real moment",
        "::error title=entry-invalid · x::entry 'x' is not valid",
        "::error title=UnknownModelError::no model 'lama' in the registry; did you mean llama?",
        "::error file=storage/c.json,title=RegistryReadError::storage/c.json: may not be read by this user",
        "::notice title=not-checked::hardware not checked `--gpu NAME` judges another GPU: --gpu L4.",
    ]


def test_a_file_elsewhere_is_named_as_it_was(tmp_path: Path) -> None:
    """No annotation can stand beside it, but the log says where it is."""
    place = Place(file="../a:b,c.json", line=2, column=1)
    finding = Finding(code=Code.EMPTY, severity=Severity.FAIL, message="is empty", place=place)

    (line,) = github_lines([Report(subject="../a:b,c.json", findings=(finding,))], base=tmp_path)

    assert line == "::error file=../a%3Ab%2Cc.json,line=2,col=1,title=empty-file::is empty"


def test_a_file_below_the_base_is_named_from_there(tmp_path: Path) -> None:
    """The runner looks files up from the workspace, however they were named."""
    place = Place(file=str(tmp_path / "storage" / "a.json"))
    finding = Finding(code=Code.EMPTY, severity=Severity.FAIL, message="is empty", place=place)

    (line,) = github_lines([Report(subject="a.json", findings=(finding,))], base=tmp_path)

    assert line == "::error file=storage/a.json,title=empty-file::is empty"


def test_a_hostile_text_stays_one_line_and_comes_back(
    hostile_report: Report, hostile_text: str, tmp_path: Path
) -> None:
    """The runner gives back what was said; what its log would act on is an escape."""
    (line,) = github_lines([hostile_report], base=tmp_path)

    shown = visible(hostile_text, keep="\r\n\t")
    assert line.splitlines() == [line]
    assert read_command(line) == (
        "error",
        {"file": "a.json", "line": "1", "col": "1", "title": f"deprecated · {shown}"},
        shown,
    )


@given(st.text(alphabet=st.characters()))
def test_no_message_makes_a_second_command(message: str) -> None:
    """Whatever a registry says stays inside its own line."""
    finding = Finding(code=Code.DEPRECATED, severity=Severity.FAIL, message=message)

    (line,) = github_lines([Report(subject=message, task="training", findings=(finding,))], base=Path("/"))

    assert not re.search(r"[\r\n]", line)
    assert read_command(line)[2] == visible(message, keep="\r\n\t")
