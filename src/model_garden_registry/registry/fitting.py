"""Which models run a task on given hardware: each looked up once, then judged on each machine."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, get_args

from model_garden_registry.catalogue.filtering import filter_of, rows_for_use, sort_rows
from model_garden_registry.entries.tasks import Task, check_task
from model_garden_registry.errors import InvalidOverrideError, RegistryError
from model_garden_registry.findings import Verdict
from model_garden_registry.registry.questions import candidate_of, case_of, demand_for, layers_of, machine_source

if TYPE_CHECKING:
    from model_garden_registry.catalogue.comparison import Comparison, Value
    from model_garden_registry.catalogue.filtering import Filter, SortField, Wanted
    from model_garden_registry.catalogue.rows import Row
    from model_garden_registry.checks.buckets import Fits, Judged
    from model_garden_registry.checks.hardware.fleets import Fleet
    from model_garden_registry.checks.hardware.machine import Machine
    from model_garden_registry.entries.settings.merging import Layer
    from model_garden_registry.registry.entry_cache import EntryCache
    from model_garden_registry.registry.questions import HardwareSource, Overrides

#: Such models are only included if they, or their status, are named.
_DEPRECATED = "deprecated"
#: Verdicts between two pauses.
_PORTION = 64


class Fitting(NamedTuple):
    """
    Rows by their verdict; the others do not fit.

    Args:
        kept: Models that pass ``validate``.

        unknown: Models that could not be judged.
    """

    kept: list[Row]
    unknown: list[Row]


def asked_rows(entries: EntryCache, wanted: Filter, ids: Iterable[str] | None = None) -> list[Row]:
    """
    Return the rows of the models that a question is about, in file order.

    Args:
        wanted: The filter; deprecated models are left out unless it names that status.

        ids: These models instead, whatever task they support, deprecated or not.

    Raises:
        TypeError: The ids are one text.

        UnknownModelError: No entry has one of the ids.
    """
    if isinstance(ids, str):
        raise TypeError(f"ids are a list, not one text: [{ids!r}]")
    if ids is not None:
        keys = {entries.key(model_id) for model_id in ids}
        return entries.rows(replace(wanted, task=None), keys)
    return [row for row in entries.rows(wanted) if wanted.status == _DEPRECATED or row.status != _DEPRECATED]


def fits_in_steps(
    entries: EntryCache,
    task: Task,
    hardware: Iterable[HardwareSource],
    *,
    ids: Iterable[str] | None,
    overrides: Overrides,
    sort: SortField | None,
    wanted: Wanted,
) -> Generator[None, None, list[Fits]]:
    """Judge models on several machines, in portions; the arguments are those of ``ModelRegistry.fit``."""
    check_task(task)
    asked = asked_rows(entries, filter_of(wanted, task), ids)
    rows = sort_rows(asked, sort) if sort else rows_for_use(asked)
    machines = [required_machine(machine_source(one)) for one in hardware]
    if not machines:
        return []
    return (yield from _fits_of(entries, rows, task, machines=machines, layers=layers_of(overrides)))


def _fits_of(
    entries: EntryCache, rows: Sequence[Row], task: Task, *, machines: Sequence[Machine], layers: tuple[Layer, ...]
) -> Generator[None, None, list[Fits]]:
    """
    Judge the models of rows on machines, in portions; a model that cannot be judged counts as unknown.

    Yields:
        Nothing, after each portion.

    Returns:
        One for each machine.

    Raises:
        InvalidOverrideError: A setting does not exist, or a value is not valid, or none of the models takes it.
    """
    from model_garden_registry.checks.buckets import Fits
    from model_garden_registry.checks.hardware.fleets import Fleet
    from model_garden_registry.entries.settings.merging import read_layers
    from model_garden_registry.files.documents import paused_garbage_collection

    read_layers(task, layers)
    fleet = Fleet(machines)
    models: list[_Model] = []
    verdicts: list[list[Verdict]] = []
    portion = max(1, _PORTION // max(1, len(machines)))
    for start in range(0, len(rows), portion):
        with paused_garbage_collection():
            part = [_Model(entries, row, task, layers) for row in rows[start : start + portion]]
            models += part
            verdicts += [model.on(fleet) for model in part]
        yield
    _check_refusals(models)
    columns = zip(*verdicts, strict=True) if models else (() for _ in machines)
    return [
        Fits(
            task=task,
            hardware=machine.hardware,
            rows=tuple(rows),
            verdicts=tuple(column),
            judge=partial(_judged, models, machine),
        )
        for machine, column in zip(machines, columns, strict=True)
    ]


def _judged(models: Sequence[_Model], machine: Machine, place: int) -> Judged:
    return models[place].judged(machine)


class _Model:
    """A model to judge on machines, for a task with its settings; looked up once."""

    __slots__ = ("_candidate", "_demand", "_row", "_task", "error")

    def __init__(self, entries: EntryCache, row: Row, task: Task, layers: tuple[Layer, ...]) -> None:
        self._row, self._task = row, task
        self.error: RegistryError | None = None
        try:
            self._candidate = candidate_of(entries, row.id, task)
            self._demand = demand_for(self._candidate, layers)
        except RegistryError as error:
            self.error = error

    def on(self, fleet: Fleet) -> list[Verdict]:
        """Return the verdict on each machine: unknown if it cannot be judged."""
        from model_garden_registry.checks.verdicts import Verdicts

        try:
            if self.error is None:
                return Verdicts(self._candidate, self._demand).on(fleet)
        except RegistryError as error:
            self.error = error
        return [Verdict.UNKNOWN] * len(fleet.machines)

    def judged(self, machine: Machine) -> Judged:
        """Return the report on a machine, with its case."""
        from model_garden_registry.checks.validation import could_not_check, report_on

        if self.error is not None:
            return could_not_check(self._row.id, self._task, self.error), None
        case = self._candidate.case(self._demand, machine)
        return report_on(case), case


def _check_refusals(models: Sequence[_Model]) -> None:
    """Raise the error of the settings if every model refuses them."""
    refusals = [model.error for model in models if isinstance(model.error, InvalidOverrideError)]
    if refusals and len(refusals) == len(models):
        raise refusals[0]


def fitting_rows(
    entries: EntryCache, rows: Iterable[Row], task: Task | None, *, machine: Machine, layers: tuple[Layer, ...]
) -> Fitting:
    """
    Judge each row on a machine.

    Args:
        task: The task; None for any task that the row supports.

        layers: Overrides, for a task.

    Raises:
        ValueError: There are overrides of no task.

        InvalidOverrideError: A setting does not exist, or a value is not valid.
    """
    from model_garden_registry.checks.hardware.fleets import Fleet
    from model_garden_registry.entries.settings.merging import read_layers
    from model_garden_registry.files.documents import paused_garbage_collection

    if layers and task is None:
        raise ValueError("overrides are of a task: name training or inference")
    if task is not None:
        read_layers(task, layers)
    fitting, fleet = Fitting([], []), Fleet([machine])
    with paused_garbage_collection():
        for row in rows:
            verdicts = _verdicts(entries, row, task, fleet=fleet, layers=layers)
            if any(verdict.is_valid for verdict in verdicts):
                fitting.kept.append(row)
            elif Verdict.UNKNOWN in verdicts:
                fitting.unknown.append(row)
    return fitting


def compared(
    entries: EntryCache, keys: Iterable[str], machines: Mapping[str, Machine], overrides: Mapping[Task, Overrides]
) -> Comparison:
    """
    Compare models side by side, with verdict, GPUs and safe memory on each machine.

    Args:
        machines: By label.

        overrides: Settings other than the models' own, by task.

    Raises:
        InvalidEntryError: An entry is not valid.

        InvalidOverrideError: A setting does not exist, or a value is not valid.
    """
    from model_garden_registry.catalogue.comparison import compare

    found = {key: entries.checked(key).entry for key in keys}
    return compare(found, [dict(_fields_on(entries, key, machines, overrides)) for key in found])


def _fields_on(
    entries: EntryCache, key: str, machines: Mapping[str, Machine], overrides: Mapping[Task, Overrides]
) -> Iterator[tuple[str, Value]]:
    from model_garden_registry.checks.validation import report_on
    from model_garden_registry.units import GB

    for label, machine in machines.items():
        for task in get_args(Task):
            candidate = candidate_of(entries, key, task)
            asked = overrides.get(task, ())
            report = report_on(case_of(candidate, asked, machine)) if candidate.entry.supports(task) else None
            split, estimate = (report.split, report.estimate) if report else (None, None)
            yield f"on {label}.{task}", str(report.verdict) if report else None
            yield f"on {label}.{task}_gpus", split.gpus if split else None
            yield f"on {label}.{task}_safe_gb", round(estimate.safe_bytes / GB, 2) if estimate else None


def _verdicts(
    entries: EntryCache, row: Row, task: Task | None, *, fleet: Fleet, layers: tuple[Layer, ...]
) -> list[Verdict]:
    """Yield the verdict for each task in question, up to the first that is valid: it keeps the row."""
    found: list[Verdict] = []
    for one in sorted(get_args(Task)):  # serving is estimated faster
        if task in (None, one) and getattr(row, one) and not any(verdict.is_valid for verdict in found):
            model = _Model(entries, row, one, layers)
            found += model.on(fleet)
            if model.error is not None:
                return [Verdict.UNKNOWN]
    return found


def required_machine(source: Callable[[], Machine | None]) -> Machine:
    """
    Return the machine of a question that has no answer without one.

    Raises:
        ValueError: There is none.
    """
    machine = source()
    if machine is None:
        raise ValueError("which models fit needs hardware, not None: name a GPU, or 'local'")
    return machine
