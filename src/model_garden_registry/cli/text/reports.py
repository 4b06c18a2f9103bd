"""Reports in words for people: the verdict first, then a line for each finding."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from model_garden_registry.cli.output import Screen
from model_garden_registry.cli.text.gpus import judged_text
from model_garden_registry.cli.text.wording import Style, count, painted
from model_garden_registry.findings import Code, Finding, Severity, Verdict, verdict_of
from model_garden_registry.payloads.formats.remarks import remedy_label, remedy_text
from model_garden_registry.payloads.reports import subject_of
from model_garden_registry.reports import Outcome, Report
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
#: Before what goes on of a line, so that the next verdict or finding stands out.
_FURTHER_IN = "      "

#: Said once for all models, not for each: which hardware was judged, or that none was, and why.
_OF_THE_HOST = (Code.NOT_CHECKED, Code.NO_LIBRARY, Code.FROM_TABLE)
_HOW_TO_NAME_ONE = "`--gpu NAME` judges a GPU that is not here: --gpu L4."


class _Line(NamedTuple):
    """
    One line of a report.

    Args:
        word: The word that is painted: a verdict or a severity; may be empty.

        after: What is said, already visible.

        style: How the word is painted.

        before: Where it is said, already visible.
    """

    word: str
    after: str
    style: Style | None = None
    before: str = ""


def outcomes_text(outcomes: Sequence[Outcome], screen: Screen, *, brief: bool = False) -> str:
    """
    Give the text of several outcomes; what is true of the hardware for all of them is said once, below.

    Args:
        brief: Whether an outcome is one line.
    """
    lines = [line for outcome in outcomes for line in (_brief if brief else _lines)(outcome, screen)]
    reports = [outcome for outcome in outcomes if isinstance(outcome, Report)]
    said = dict.fromkeys(text for report in reports for text in _of_the_host(report))
    lines += [_laid_out(_Line("", text), screen) for text in said]
    return "".join(f"{line}\n" for line in lines)


def _of_the_host(report: Report) -> Iterator[str]:
    """Say which hardware was judged, or that no GPU was looked at, why, and what helps."""
    messages = {finding.code: visible(finding.message) for finding in report.findings}
    if Code.FROM_TABLE in messages:
        yield f"{messages[Code.FROM_TABLE]}."
    if Code.NOT_CHECKED in messages:
        cause = messages.get(Code.NO_LIBRARY)
        said = f"hardware not checked: {cause}" if cause else messages[Code.NOT_CHECKED]
        yield f"{said} {_HOW_TO_NAME_ONE}"
    elif Code.GPU_REQUIRED in messages:
        yield " ".join(filter(None, (messages.get(Code.NO_LIBRARY), _HOW_TO_NAME_ONE)))
    elif report.hardware is not None and report.is_valid and Code.NO_GPU_NEEDED not in messages:
        judged = judged_text(report.hardware)  # where nothing stands against a GPU, no finding names it
        yield from (judged,) if judged else ()


def _brief(outcome: Outcome, screen: Screen) -> Iterator[str]:
    """Give one line: the verdict, and the first of the findings that decide it."""
    if not isinstance(outcome, Report):
        yield _laid_out(_head("no answer", "red", f"{subject_of(outcome)}: {outcome}"), screen)
        return
    decisive = next((finding for finding in outcome.findings if verdict_of((finding,)) is outcome.verdict), None)
    is_worth_saying = decisive is not None and decisive.severity is not Severity.NOTE
    yield _verdict_line(outcome, screen, said=f": {decisive.message}" if decisive and is_worth_saying else "")


def _lines(outcome: Outcome, screen: Screen) -> Iterator[str]:
    if not isinstance(outcome, Report):
        yield _laid_out(_head("no answer", "red", subject_of(outcome)), screen)
        yield _laid_out(_Line("error", f": {visible(str(outcome))}", "red", before="  "), screen)
        return
    yield _verdict_line(outcome, screen)
    for finding in outcome.findings:
        if finding.code not in _OF_THE_HOST:
            yield _laid_out(_finding_line(finding), screen)
    for remedy in outcome.remedies:
        yield _laid_out(_Line(remedy_label(outcome), f": {visible(remedy_text(remedy))}", "green", before="  "), screen)


def _verdict_line(report: Report, screen: Screen, *, said: str = "") -> str:
    verdict = report.verdict
    detail = f"{report.subject}{_detail(report)}{said}"
    return _laid_out(_head(str(verdict), _VERDICT_STYLES[verdict], detail), screen)


def _head(word: str, style: Style, detail: str) -> _Line:
    return _Line(word.ljust(_WIDEST), f"  {visible(detail)}", style)


def _detail(report: Report) -> str:
    """Say what a subject was checked for; of a file, how much was found."""
    if report.task is None:
        counts = Counter(finding.severity for finding in report.findings)
        found = [count(counts[severity], noun) for severity, noun in _NOUNS.items() if counts[severity]]
        return f": {', '.join(found)}" if found else ""
    settings = report.settings
    method = getattr(settings, "method", None)  # only training has one; the classes cost too much to ask
    words = (report.task, method, settings.tool if settings else None)
    return f"  ({', '.join(word for word in words if word)})"


def _finding_line(finding: Finding) -> _Line:
    """Write a finding of a file so that editors find the place, one of a model below its model."""
    severity, place = finding.severity, finding.place
    said = f": {visible(finding.message)} [{finding.code}]"
    if place is None:
        return _Line(str(severity), said, _SEVERITY_STYLES[severity], before="  ")
    pointer = f" at {visible(place.pointer)}" if place.pointer else ""
    return _Line(str(severity), f"{said}{pointer}", _SEVERITY_STYLES[severity], before=f"{visible(str(place))}: ")


def _laid_out(line: _Line, screen: Screen) -> str:
    """Return a line with its word painted; on a terminal it goes on in the next lines, further in, between words."""
    text = f"{line.before}{line.word}{line.after}"
    if screen.is_terminal and len(text) > screen.width:
        text = _folded(text, screen.width)
    start = text.index(line.word, len(line.before))
    end = start + len(line.word)
    return f"{text[:start]}{painted(line.word, line.style, has_colour=screen.has_colour)}{text[end:]}"


def _folded(text: str, width: int) -> str:
    from textwrap import fill  # only where something is too long

    return fill(text, width, subsequent_indent=_FURTHER_IN, break_long_words=False, break_on_hyphens=False)
