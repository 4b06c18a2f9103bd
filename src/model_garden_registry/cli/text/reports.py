"""Reports as text: the verdict first, then a line for each finding."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from model_garden_registry.cli.output import Screen
from model_garden_registry.cli.text.gpus import judged_text, memory_words
from model_garden_registry.cli.text.wording import Style, count, painted
from model_garden_registry.findings import OF_THE_CALL, Code, Finding, Severity, Verdict, verdict_of
from model_garden_registry.payloads.formats.remarks import call_remarks, remedy_label, remedy_text
from model_garden_registry.payloads.reports import subject_of
from model_garden_registry.reports import Outcome, Report
from model_garden_registry.visible_text import visible

if TYPE_CHECKING:
    from model_garden_registry.checks.sweeping import Sweep

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
#: Indentation of continued lines, so that the next verdict or finding stands out.
_FURTHER_IN = "      "
#: Placeholder for a word while lines are broken; never part of escaped text.
_PLACE = "\ue000"
_METHODS = {"lora": "LoRA", "qlora": "QLoRA"}


class _Line(NamedTuple):
    """
    One line of a report.

    Args:
        word: The coloured word: a verdict or a severity; may be empty.

        after: The message, already escaped.

        style: Colour of the word.

        before: The place, already escaped.
    """

    word: str
    after: str
    style: Style | None = None
    before: str = ""


def outcomes_text(outcomes: Sequence[Outcome], screen: Screen, *, brief: bool = False, quiet: bool = False) -> str:
    """
    Return several outcomes as text; findings about the hardware that all of them share come once, below.

    Args:
        brief: Whether an outcome is one line.

        quiet: Whether notes are left out.
    """
    lines = [
        line
        for outcome in outcomes
        for line in (_brief(outcome, screen) if brief else _lines(outcome, screen, quiet=quiet))
    ]
    if not quiet:
        lines += hardware_lines([outcome for outcome in outcomes if isinstance(outcome, Report)], screen)
    return "".join(f"{line}\n" for line in lines)


def hardware_lines(reports: Sequence[Report], screen: Screen) -> list[str]:
    """Return the shared findings of several reports about hardware, and the judged hardware if no finding names it."""
    judged = dict.fromkeys(filter(None, map(_judged, reports)))
    return [*remark_lines(reports, screen), *(_laid_out(_Line("", text), screen) for text in judged)]


def remark_lines(reports: Sequence[Report], screen: Screen) -> list[str]:
    """Return a line for each finding about hardware that several reports share."""
    return [_laid_out(_Line("", text), screen) for text in call_remarks(reports)]


def severity_line(severity: Severity, text: str, screen: Screen) -> str:
    """Return the line of a finding, with its severity before it."""
    return _laid_out(_Line(str(severity), f": {visible(text)}", _SEVERITY_STYLES[severity]), screen)


def decisive_finding(report: Report) -> Finding | None:
    """Return the first finding that decides the verdict; None for ok."""
    found = (finding for finding in report.findings if verdict_of((finding,)) is report.verdict)
    return next((finding for finding in found if finding.severity is not Severity.NOTE), None)


def _judged(report: Report) -> str | None:
    """Return the judged hardware if there is no finding about it."""
    is_told = {finding.code for finding in report.findings} & {Code.NOT_CHECKED, Code.GPU_REQUIRED, Code.NO_GPU_NEEDED}
    return judged_text(report.hardware) if report.hardware and report.is_valid and not is_told else None


def _brief(outcome: Outcome, screen: Screen) -> Iterator[str]:
    """Yield one line: the verdict, and the first finding that decides it."""
    if not isinstance(outcome, Report):
        yield _laid_out(_head("no answer", "red", f"{subject_of(outcome)}: {outcome}"), screen)
        return
    decisive = decisive_finding(outcome)
    yield verdict_line(outcome, screen, said=decisive.message if decisive else "")


def _lines(outcome: Outcome, screen: Screen, *, quiet: bool) -> Iterator[str]:
    if not isinstance(outcome, Report):
        yield _laid_out(_head("no answer", "red", subject_of(outcome)), screen)
        yield _laid_out(_Line("error", f": {visible(str(outcome))}", "red", before="  "), screen)
        return
    yield verdict_line(outcome, screen)
    yield from finding_lines(outcome, screen, quiet=quiet)


def finding_lines(report: Report, screen: Screen, *, quiet: bool, told: Collection[Finding] = ()) -> Iterator[str]:
    """
    Yield a line for each finding about the subject, and one for each remedy.

    Args:
        quiet: Whether notes are left out.

        told: Findings that were printed before.
    """
    for finding in report.findings:
        is_left_out = finding.code in OF_THE_CALL or (quiet and finding.severity is Severity.NOTE)
        if not is_left_out and finding not in told:
            yield _laid_out(_finding_line(finding), screen)
    for remedy in report.remedies:
        yield _laid_out(_Line(remedy_label(report), f": {visible(remedy_text(remedy))}", "green", before="  "), screen)


def verdict_line(report: Report, screen: Screen, *, said: str = "") -> str:
    """Return the verdict, the subject and its numbers; on a narrow terminal, the id has its own line."""
    head = partial(_head, str(report.verdict), _VERDICT_STYLES[report.verdict])
    if report.task is None:
        return _laid_out(head(f"{report.subject}{_found(report)}"), screen)
    numbers = "; ".join(filter(None, (memory_words(report), said)))
    about = f"{run_words(report)}:" if numbers else run_words(report)
    line = head(f"{report.subject}  {about} {numbers}".rstrip())
    if not _is_too_long(line, screen):
        return _laid_out(line, screen)
    below = (_Line("", visible(text), before=_FURTHER_IN) for text in (about, numbers) if text)
    return "\n".join(_laid_out(line, screen) for line in (head(report.subject), *below))


def _head(word: str, style: Style, detail: str) -> _Line:
    return _Line(word.ljust(_WIDEST), f"  {visible(detail)}", style)


def _found(report: Report) -> str:
    """Return how much was found in a file."""
    counts = Counter(finding.severity for finding in report.findings)
    found = [count(counts[severity], noun) for severity, noun in _NOUNS.items() if counts[severity]]
    return f": {', '.join(found)}" if found else ""


def run_words(report: Report, *, has_split: bool = True) -> str:
    """Return what a model was judged for: the task, method and tool, load, and number of GPUs."""
    settings = _settings_words(report.settings) if report.settings else ()
    return ", ".join((str(report.task), *settings, *(_split(report) if has_split else ())))


def sweep_words(sweep: Sweep) -> str:
    """Return what a model is estimated for: the task, method and tool, and the load apart from the swept setting."""
    first = sweep.points[0].settings
    tools = " or ".join(dict.fromkeys(point.tool for point in sweep.points))
    return ", ".join((str(sweep.task), *_settings_words(first, tool=tools, without=sweep.setting)))


def _settings_words(settings: Any, *, tool: str | None = None, without: str = "") -> Iterator[str]:
    """
    Yield what runs a task, and the assumed load; duck-typed, since importing the classes of settings is slow.

    Args:
        tool: The tool, if not that of the settings.

        without: A setting that is left out.
    """
    method = getattr(settings, "method", None)
    if method is None:
        yield tool or settings.tool
        times, length = "concurrent", "max_model_len"
        many, joint = count(settings.concurrent, "sequence"), "of"
    else:
        if without != "method":
            yield _METHODS.get(method, method)
        yield tool or settings.tool
        times, length = "batch_size", "max_seq_length"
        many, joint = f"batch {settings.batch_size}", "x"
    tokens = f"{getattr(settings, length):,} tokens"
    if without not in (times, length):
        yield f"{many} {joint} {tokens}"
    else:
        yield many if without == length else tokens


def _split(report: Report) -> Iterator[str]:
    """Yield over how many GPUs a model is divided, if more than one, or if not what the settings say."""
    split = report.split
    if split is not None and (split.gpus > 1 or split.chosen):
        how = "" if split.how == "none" else f" ({split.how.replace('_', ' ')})"
        where = f" of {split.nodes} machines" if split.nodes > 1 else ""
        yield f"on {count(split.gpus, 'GPU')}{where}{how}"


def _finding_line(finding: Finding) -> _Line:
    """Return a finding of a file in a form from which editors find the place; one of a model, below its model."""
    severity, place = finding.severity, finding.place
    said = f": {visible(finding.message)} [{finding.code}]"
    if place is None:
        return _Line(str(severity), said, _SEVERITY_STYLES[severity], before="  ")
    pointer = f" at {visible(place.pointer)}" if place.pointer else ""
    return _Line(str(severity), f"{said}{pointer}", _SEVERITY_STYLES[severity], before=f"{visible(str(place))}: ")


def _laid_out(line: _Line, screen: Screen) -> str:
    """Return a line with its word coloured; on a terminal it is folded between words, with indentation."""
    place = _PLACE * len(line.word)  # marks the word while lines are broken
    text = f"{line.before}{place}{line.after}"
    if _is_too_long(line, screen):
        text = _folded(text, screen.width)
    before, _, after = text.partition(place) if place else ("", "", text)
    return f"{before}{painted(line.word, line.style, has_colour=screen.has_colour)}{after}"


def _is_too_long(line: _Line, screen: Screen) -> bool:
    return screen.is_terminal and len(line.before) + len(line.word) + len(line.after) > screen.width


def _folded(text: str, width: int) -> str:
    from textwrap import fill  # only where something is too long

    return fill(text, width, subsequent_indent=_FURTHER_IN, break_long_words=False, break_on_hyphens=False)
