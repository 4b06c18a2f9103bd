"""Findings, remedies and remarks on the whole call as lines of text, the same in every text format."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from model_garden_registry.findings import OF_THE_CALL, Code, Finding, Section, Verdict
from model_garden_registry.reports import Report
from model_garden_registry.units import gigabytes_text
from model_garden_registry.visible_text import visible

if TYPE_CHECKING:  # the report of a file needs no models
    from model_garden_registry.memory.fitting.remedies import Remedy

#: The end of a remark on GPUs, after their names.
_JUDGED = " judged from the table"
_HOW_TO_NAME_ONE = "`--gpu NAME` judges another GPU: --gpu L4."


def remedy_label(report: Report) -> str:
    """Return the label of a report's remedies."""
    return "would pass" if report.verdict is Verdict.FAIL else "would be ok"


def changes_text(remedy: Remedy) -> str:
    """Return changes in the form of `--set`; another entry in words, and what must be installed too."""
    changes = " ".join(_change(name, value) for name, value in remedy.changes.items() if name != "model")
    use = f"use {remedy.changes['model']} instead" if "model" in remedy.changes else ""
    needs = f", which needs {remedy.needs}" if remedy.needs else ""
    return f"{', with '.join(filter(None, (use, changes)))}{needs}"


def _change(name: str, value: object) -> str:
    """Return one change; a command's option that is a switch has no value, as in vLLM."""
    return name if name.startswith("--") and value is True else f"{name}={_plain(value)}"


def _plain(value: object) -> str:
    """Return a value in JSON and YAML syntax."""
    return json.dumps(value) if value is None or isinstance(value, bool) else str(value)


def remedy_text(remedy: Remedy) -> str:
    """Return changes, with the verdict and the need after them."""
    return f"{changes_text(remedy)} ({remedy.verdict}; safe {gigabytes_text(remedy.safe_bytes)})"


def remedy_lines(report: Report) -> list[str]:
    """Return a line for each remedy."""
    return [f"{remedy_label(report)}: {remedy_text(remedy)}" for remedy in report.remedies]


def told_findings(report: Report) -> Iterator[tuple[Finding, str]]:
    """
    Yield each finding about the subject with its text: the first that decides has the remedies below it.

    One about the hardware is preferred, since remedies are for those. Remarks on the whole call are left out:
    ``call_remarks`` has them once.
    """
    deciding = [finding for finding in own_findings(report) if str(finding.severity) == str(report.verdict)]
    cured = next((finding for finding in deciding if finding.code.section is Section.HARDWARE), None)
    first = cured or next(iter(deciding), None)
    for finding in own_findings(report):
        lines = remedy_lines(report) if finding is first else ()
        yield finding, "\n".join((finding.message, *lines))


def own_findings(report: Report) -> Iterator[Finding]:
    """Yield the findings about the subject, not about the whole call."""
    return (finding for finding in report.findings if finding.code not in OF_THE_CALL)


def call_remarks(reports: Iterable[Report]) -> dict[str, Code]:
    """Return the findings about hardware that all of several reports share, by text, with their code."""
    said = dict.fromkeys(remark for report in reports for remark in _of_the_call(report))
    return {text: code for code, text in _named_together(said)}


def _named_together(remarks: Iterable[tuple[Code, str]]) -> Iterator[tuple[Code, str]]:
    """Join remarks that differ only in their GPUs."""
    names: dict[tuple[Code, str], list[str]] = {}
    for code, text in remarks:
        name, judged, rest = text.partition(_JUDGED)
        names.setdefault((code, f"{judged}{rest}") if judged else (code, text), []).append(name)
    for (code, text), those in names.items():
        yield code, f"{', '.join(those)}{text}" if text.startswith(_JUDGED) else text


def _of_the_call(report: Report) -> Iterator[tuple[Code, str]]:
    """Yield which hardware was judged, or that it was not checked, why, and what helps."""
    messages = {finding.code: visible(finding.message) for finding in report.findings}
    if Code.FROM_TABLE in messages:
        yield Code.FROM_TABLE, f"{messages[Code.FROM_TABLE]}."
    if Code.CC_ASSUMED in messages:
        yield Code.CC_ASSUMED, f"{messages[Code.CC_ASSUMED]}."
    if Code.NOT_CHECKED in messages:
        cause = messages.get(Code.NO_LIBRARY)
        said = f"hardware not checked: {cause}" if cause else messages[Code.NOT_CHECKED]
        yield Code.NOT_CHECKED, f"{said} {_HOW_TO_NAME_ONE}"
    elif Code.GPU_REQUIRED in messages:
        yield Code.GPU_REQUIRED, " ".join(filter(None, (messages.get(Code.NO_LIBRARY), _HOW_TO_NAME_ONE)))
