"""Which models do a task on some hardware: judged one after the other on one machine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple, get_args

from model_garden_registry.entries.tasks import Task
from model_garden_registry.errors import RegistryError
from model_garden_registry.findings import Verdict
from model_garden_registry.registry.questions import candidate_of, case_of

if TYPE_CHECKING:
    from model_garden_registry.catalogue.rows import Row
    from model_garden_registry.checks.buckets import Fits
    from model_garden_registry.checks.hardware.machine import Machine
    from model_garden_registry.registry.entry_cache import EntryCache
    from model_garden_registry.reports import Report


class Fitting(NamedTuple):
    """
    Rows by what became of them; the others do not fit.

    Args:
        kept: What ``validate`` lets pass.

        unknown: What could not be judged.
    """

    kept: list[Row]
    unknown: list[Row]


def fits_of(entries: EntryCache, rows: Sequence[Row], task: Task, source: Callable[[], Machine | None]) -> Fits:
    """
    Judge the models of rows on a machine, with remedies for those that fail for want of it.

    Raises:
        ValueError: There is no machine.
    """
    from model_garden_registry.checks.buckets import Fits
    from model_garden_registry.checks.cures import with_remedies
    from model_garden_registry.checks.validation import could_not_check, report_on
    from model_garden_registry.files.documents import paused_garbage_collection

    machine = _required(source)

    def report(model_id: str) -> Report:
        try:
            case = case_of(candidate_of(entries, model_id, task), (), machine)
            return with_remedies(report_on(case), case)
        except RegistryError as error:
            return could_not_check(model_id, task, error)

    with paused_garbage_collection():
        reports = tuple(report(row.id) for row in rows)
    return Fits(task=task, hardware=machine.hardware, rows=tuple(rows), reports=reports)


def fitting_rows(
    entries: EntryCache, rows: Iterable[Row], task: Task | None, source: Callable[[], Machine | None]
) -> Fitting:
    """
    Judge each row on a machine.

    Args:
        task: What for; None for any task that the row supports.

    Raises:
        ValueError: There is no machine.
    """
    machine = _required(source)
    fitting = Fitting([], [])
    for row in rows:
        verdicts = _verdicts(entries, row, task, machine)
        if any(verdict.is_valid for verdict in verdicts):
            fitting.kept.append(row)
        elif Verdict.UNKNOWN in verdicts:
            fitting.unknown.append(row)
    return fitting


def _verdicts(entries: EntryCache, row: Row, task: Task | None, machine: Machine) -> list[Verdict]:
    from model_garden_registry.checks.validation import report_on

    tasks = [one for one in get_args(Task) if task in (None, one) and getattr(row, one)]
    try:
        cases = [case_of(candidate_of(entries, row.id, one), (), machine) for one in tasks]
        return [report_on(case).verdict for case in cases]
    except RegistryError:
        return [Verdict.UNKNOWN]


def _required(source: Callable[[], Machine | None]) -> Machine:
    machine = source()
    if machine is None:
        raise ValueError("which models fit is asked of hardware, and None is none: name some, or 'local'")
    return machine
