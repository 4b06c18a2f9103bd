"""Reports in words for people: the verdict first, then a line for each finding."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from model_garden_registry.cli.output import Screen
from model_garden_registry.cli.text import Style, count, painted
from model_garden_registry.findings import Code, Finding, Severity, Verdict
from model_garden_registry.payloads.reports import Outcome, subject_of
from model_garden_registry.reports import Report
from model_garden_registry.visible_text import visible

_VERDICT_STYLES: dict[Verdict, Style] = {
    Verdict.OK: "green",
    Verdict.NOT_CHECKED: "cyan",
    Verdict.WARNING: "yellow",
    Verdict.UNKNOWN: "red",
    Verdict.FAIL: "red",
}
_SEVERITY_STYLES: dict[Severity, Style] = {
    Severity.FAIL: "red",
    Severity.UNKNOWN: "red",
    Severity.WARNING: "yellow",
    Severity.NOTE: "cyan",
}
_NOUNS = {
    Severity.FAIL: "failure",
    Severity.UNKNOWN: "open question",
    Severity.WARNING: "warning",
    Severity.NOTE: "note",
}
_WIDEST = max(map(len, Verdict))

#: Said once for all models, not for each: that no GPU was looked at, and why.
_OF_THE_HOST = (Code.NOT_CHECKED, Code.NO_LIBRARY)
_HOW_TO_NAME_ONE = "`--gpu NAME` judges a GPU that is not here: --gpu L4."


def outcomes_text(outcomes: Sequence[Outcome], screen: Screen) -> str:
    """Give the text of several outcomes; that hardware was not checked is said once, below all of them."""
    lines = [line for outcome in outcomes for line in _lines(outcome, screen)]
    lines += dict.fromkeys(text for outcome in outcomes if (text := _unchecked(_findings(outcome))))
    return "".join(f"{line}\n" for line in lines)


def _unchecked(findings: Sequence[Finding]) -> str | None:
    """Say that no GPU was looked at, why, and what helps; nothing where one was."""
    messages = {finding.code: visible(finding.message) for finding in findings}
    if Code.NOT_CHECKED not in messages:
        return None
    cause = messages.get(Code.NO_LIBRARY)
    said = f"hardware not checked: {cause}" if cause else messages[Code.NOT_CHECKED]
    return f"{said} {_HOW_TO_NAME_ONE}"


def _lines(outcome: Outcome, screen: Screen) -> Iterator[str]:
    if not isinstance(outcome, Report):
        yield _head("no answer", "red", subject_of(outcome), "", screen)
        yield f"  {painted('error', 'red', has_colour=screen.has_colour)}: {visible(str(outcome))}"
        return
    verdict = outcome.verdict
    yield _head(str(verdict), _VERDICT_STYLES[verdict], outcome.subject, _detail(outcome), screen)
    for finding in outcome.findings:
        if finding.code not in _OF_THE_HOST:
            yield _finding_line(finding, screen)


def _head(word: str, style: Style, subject: str, detail: str, screen: Screen) -> str:
    padded = word.ljust(_WIDEST)
    return f"{painted(padded, style, has_colour=screen.has_colour)}  {visible(subject)}{detail}"


def _detail(report: Report) -> str:
    """Say what a subject was checked for; of a file, how much was found."""
    if report.task is None:
        counts = Counter(finding.severity for finding in report.findings)
        found = [count(counts[severity], noun) for severity, noun in _NOUNS.items() if counts[severity]]
        return f": {', '.join(found)}" if found else ""
    method = getattr(report.settings, "method", None)  # only training has one; the classes cost too much to ask
    return f"  ({report.task}, {method})" if method else f"  ({report.task})"


def _finding_line(finding: Finding, screen: Screen) -> str:
    """Write a finding of a file so that editors find the place, one of a model below its model."""
    severity = painted(str(finding.severity), _SEVERITY_STYLES[finding.severity], has_colour=screen.has_colour)
    said = f"{severity}: {visible(finding.message)} [{finding.code}]"
    if finding.place is None:
        return f"  {said}"
    pointer = f" at {visible(finding.place.pointer)}" if finding.place.pointer else ""
    return f"{visible(str(finding.place))}: {said}{pointer}"


def _findings(outcome: Outcome) -> tuple[Finding, ...]:
    return outcome.findings if isinstance(outcome, Report) else ()
