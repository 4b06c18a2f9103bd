"""Reports as workflow commands: what GitHub Actions shows as annotations beside the lines of a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from model_garden_registry.errors import RegistryError
from model_garden_registry.findings import Place, Severity
from model_garden_registry.payloads.formats.file_names import relative_name
from model_garden_registry.payloads.formats.remarks import call_remarks, told_findings
from model_garden_registry.payloads.reports import place_of
from model_garden_registry.reports import Outcome, Report
from model_garden_registry.visible_text import visible

_COMMANDS = {
    Severity.FAIL: "error",
    Severity.UNKNOWN: "error",
    Severity.WARNING: "warning",
    Severity.NOTE: "notice",
}


def github_lines(outcomes: Sequence[Outcome], *, base: Path, quiet: bool = False) -> Iterator[str]:
    """
    Yield one line for each finding, and one for each subject without an answer; remedies are below the first failure.

    Findings about hardware that all subjects share are one notice.

    Args:
        base: Absolute path of the directory that file names are relative to.

        quiet: Whether notices are left out.
    """
    for outcome in outcomes:
        if isinstance(outcome, RegistryError):
            yield _line("error", type(outcome).__name__, str(outcome), place=place_of(outcome), base=base)
            continue
        for finding, said in told_findings(outcome):
            if quiet and finding.severity is Severity.NOTE:
                continue
            title = str(finding.code) if outcome.task is None else f"{finding.code} · {outcome.subject}"
            yield _line(_COMMANDS[finding.severity], title, said, place=finding.place, base=base)
    remarks = call_remarks(outcome for outcome in outcomes if isinstance(outcome, Report))
    if remarks and not quiet:
        yield _line("notice", ", ".join(dict.fromkeys(remarks.values())), "\n".join(remarks), place=None, base=base)


def _line(command: str, title: str, message: str, *, place: Place | None, base: Path) -> str:
    properties = {
        **({"file": relative_name(place.file, base) or place.file} if place else {}),
        **({"line": str(place.line)} if place and place.line is not None else {}),
        **({"col": str(place.column)} if place and place.column is not None else {}),
        "title": title,
    }
    stated = ",".join(f"{name}={_escape_property(value)}" for name, value in properties.items())
    return f"::{command} {stated}::{_escape(message)}"


def _escape(text: str) -> str:
    """Return text escaped like GitHub's toolkit does, after terminal escapes; line breaks stay."""
    text = visible(text, keep="\r\n\t")
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")
