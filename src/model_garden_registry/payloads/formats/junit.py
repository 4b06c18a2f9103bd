"""Reports as JUnit XML, as continuous integration servers read it: one test case for each subject."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from model_garden_registry.errors import RegistryError
from model_garden_registry.findings import Code, Finding, Severity
from model_garden_registry.payloads.formats.remarks import remedy_lines
from model_garden_registry.payloads.reports import subject_of
from model_garden_registry.reports import Outcome, Report
from model_garden_registry.visible_text import visible


def junit_text(outcomes: Sequence[Outcome], *, name: str, strict: bool = False) -> str:
    """
    Return the text of a JUnit file.

    A failure is a ``failure``; unknown or no answer is an ``error``; a model whose hardware
    was not checked is ``skipped``; warnings and notes are the output of a case that passes.

    Args:
        name: Name of the suite, and class of its cases: the command.

        strict: Whether a warning is a failure.
    """
    suite = Element("testsuite", name=visible(name))
    for outcome in outcomes:
        _add_case(suite, outcome, strict=strict)
    counts = {
        "tests": str(len(outcomes)),
        "failures": str(len(suite.findall("testcase/failure"))),
        "errors": str(len(suite.findall("testcase/error"))),
        "skipped": str(len(suite.findall("testcase/skipped"))),
        "time": "0",
    }
    suite.attrib.update(counts)
    suites = Element("testsuites", {key: count for key, count in counts.items() if key != "skipped"})
    suites.append(suite)
    ElementTree.indent(suites)
    text = ElementTree.tostring(suites, encoding="us-ascii").decode()  # valid in any encoding
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _add_case(suite: Element, outcome: Outcome, *, strict: bool) -> None:
    case = SubElement(
        suite, "testcase", classname=suite.attrib["name"], name=visible(subject_of(outcome)) or "-", time="0"
    )
    if isinstance(outcome, RegistryError):
        problem = SubElement(case, "error", type=type(outcome).__name__, message=visible(str(outcome)))
        problem.text = _text([str(outcome)])
        return

    failing = {Severity.FAIL, Severity.WARNING} if strict else {Severity.FAIL}
    refused = [finding for finding in outcome.findings if finding.severity in failing]
    _add_problem(case, "failure", refused, more_lines=remedy_lines(outcome))
    _add_problem(case, "error", [finding for finding in outcome.findings if finding.severity is Severity.UNKNOWN])
    if len(case) == 0:
        _add_skipped(case, outcome.findings)
    _add_rest(case, outcome, failing | {Severity.UNKNOWN})


def _add_problem(case: Element, kind: str, findings: Sequence[Finding], *, more_lines: Sequence[str] = ()) -> None:
    """Add one element for all findings of a kind: servers show only the first of several."""
    if not findings:
        return
    first, more = findings[0], len(findings) - 1
    message = f"{first.message} (and {more} more)" if more else first.message
    if first.place and "file" not in case.attrib:
        case.attrib |= {"file": visible(first.place.file), "line": str(first.place.line or 1)}
    problem = SubElement(case, kind, type=str(first.code), message=visible(message))
    problem.text = _text([*map(_line, findings), *more_lines])


def _add_skipped(case: Element, findings: Sequence[Finding]) -> None:
    """Mark a case as skipped, so that unchecked hardware is not taken for a pass."""
    for finding in findings:
        if finding.code is Code.NOT_CHECKED:
            SubElement(case, "skipped", message=visible(finding.message))


def _add_rest(case: Element, report: Report, told: set[Severity]) -> None:
    rest = [finding for finding in report.findings if finding.severity not in told]
    if rest:
        SubElement(case, "system-out").text = _text(map(_line, rest))


def _line(finding: Finding) -> str:
    place = f"{finding.place}: " if finding.place else ""
    return f"{place}{finding.severity}: {finding.message} [{finding.code}]"


def _text(lines: Iterable[str]) -> str:
    return "\n".join(map(visible, lines))
