"""Verdicts of models on several GPUs: a row for each model, a column for each GPU."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from model_garden_registry.cli.output import Screen
from model_garden_registry.cli.text.gpus import share_words
from model_garden_registry.cli.text.reports import decisive_finding, remark_lines, run_words, severity_line
from model_garden_registry.cli.text.table import GAP, Column, column_width, table_text
from model_garden_registry.cli.text.wording import aligned
from model_garden_registry.findings import Severity
from model_garden_registry.payloads.reports import subject_of
from model_garden_registry.reports import Outcome, Report
from model_garden_registry.units import GB
from model_garden_registry.visible_text import visible


@dataclass(frozen=True, slots=True)
class OnGpus:
    """
    The outcomes of models on several GPUs.

    Args:
        labels: The GPUs, such as ``2x L4``.

        rows: For each model, its outcome on each of them, in that order; for an id without an entry, its error.
    """

    labels: Sequence[str]
    rows: Sequence[Sequence[Outcome]]

    @property
    def outcomes(self) -> list[Outcome]:
        """All of them, model by model; an error once, since it is the same for every GPU."""
        return [outcome for row in self.rows for outcome in (row if isinstance(row[0], Report) else row[:1])]


def columns_text(found: OnGpus, screen: Screen, *, brief: bool = False, quiet: bool = False) -> str:
    """
    Return a table of verdicts, each with the safe memory and its share of the GPU; below it, the deciding findings.

    On a narrow terminal, cells have the share only; on one that is too narrow for that, each GPU has a line.

    Args:
        brief: Whether to leave out the deciding findings.

        quiet: Whether notes are left out.
    """
    if not found.rows:
        return ""
    reports = [outcome for outcome in found.outcomes if isinstance(outcome, Report)]
    tasks = dict.fromkeys(str(report.task) for report in reports)
    title = f"{' or '.join(tasks)}: verdict, safe memory per GPU, and its share" if tasks else ""
    below = [] if brief else [severity_line(severity, text, screen) for severity, text in _against(found)]
    below += [] if quiet else remark_lines(reports, screen)
    return "\n\n".join(filter(None, (title, _body(found, screen), "\n".join(below))))


def _body(found: OnGpus, screen: Screen) -> str:
    ids = [visible(subject_of(row[0])) for row in found.rows]
    runs = [visible(run_words(row[0], has_split=False)) if isinstance(row[0], Report) else "" for row in found.rows]
    for has_memory in (True, False):
        table = [Column("ID", ids), *_cells(found, has_memory=has_memory), Column("JUDGED", runs, dispensable=1)]
        if not screen.is_terminal or sum(column_width(one) + GAP for one in table[:-1]) <= screen.width:
            return table_text(table, screen).rstrip("\n")
    return "\n".join(_lines(found, ids, runs))


def _cells(found: OnGpus, *, has_memory: bool) -> Iterator[Column]:
    for index, label in enumerate(found.labels):
        yield Column(visible(label), [_cell(row[index], has_memory=has_memory) for row in found.rows])


def _cell(outcome: Outcome, *, has_memory: bool) -> str:
    """Return the verdict, and the safe memory in GB and as a share of the GPU."""
    if not isinstance(outcome, Report):
        return "no answer"
    if outcome.estimate is None:
        return str(outcome.verdict)
    share = share_words(outcome)
    parts = f"{outcome.split.gpus} x " if outcome.split and outcome.split.gpus > 1 else ""
    safe = f"{parts}{outcome.estimate.safe_bytes / GB:.1f} GB"
    if not share:
        return str(outcome.verdict)
    return f"{outcome.verdict}  {safe} ({share})" if has_memory else f"{outcome.verdict}  {parts}{share}"


def _lines(found: OnGpus, ids: Sequence[str], runs: Sequence[str]) -> Iterator[str]:
    """Yield a line for each model, one for its load, and one for each GPU."""
    labels = [f"  {visible(label)}" for label in found.labels]
    for name, run, row in zip(ids, runs, found.rows, strict=True):
        yield name
        if run:
            yield f"  {run}"
        yield from aligned([labels, [_cell(outcome, has_memory=True) for outcome in row]])


def _against(found: OnGpus) -> Iterator[tuple[Severity, str]]:
    """Yield the deciding finding of each verdict that is not ok, with model and GPUs, once if equal on all."""
    for row in found.rows:
        told: dict[tuple[Severity, str], list[str]] = {}
        for label, outcome in zip(found.labels, row, strict=True):
            if not isinstance(outcome, Report):
                yield Severity.FAIL, str(outcome)
                break
            if decisive := decisive_finding(outcome):
                told.setdefault((decisive.severity, f"{decisive.message} [{decisive.code}]"), []).append(label)
        for (severity, text), labels in told.items():
            yield severity, f"{subject_of(row[0])} on {', '.join(labels)}: {text}"
