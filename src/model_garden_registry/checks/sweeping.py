"""Sweeps: memory and verdict for many values of one setting."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from model_garden_registry.checks.hardware.demand import demand_of, own_demand
from model_garden_registry.checks.hardware.machine import Machine
from model_garden_registry.checks.settings_rules import settings_findings
from model_garden_registry.checks.validation import Candidate, Case, report_on
from model_garden_registry.entries.settings.merging import Layer, merge
from model_garden_registry.entries.settings.task_settings import Origin, OriginKind, Settings
from model_garden_registry.entries.tasks import Task
from model_garden_registry.errors import InvalidOverrideError
from model_garden_registry.findings import Severity
from model_garden_registry.memory.estimates import MemoryEstimate
from model_garden_registry.reports import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepPoint:
    """
    One value of a setting.

    Args:
        value: As the setting takes it.

        tool: The training stack or serving engine, with its release.

        estimate: Memory of each GPU.

        report: The verdict, without remedies; None where no hardware was named.

        settings: All settings, merged.

        share: What share of the largest GPU the estimate may fill.

        refusals: Failures with this value that do not depend on hardware, a sentence each.
    """

    value: object
    tool: str
    estimate: MemoryEstimate
    report: Report | None
    settings: Settings
    share: float
    refusals: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """
    A model for a task, with many values of one setting.

    Args:
        subject: Id of the model.

        setting: Leaf name of the setting.

        points: One for each value, in the order given.
    """

    subject: str
    task: Task
    setting: str
    points: tuple[SweepPoint, ...]

    @property
    def is_flat(self) -> bool:
        """Whether there are several values and all need the same memory."""
        needs = {(point.estimate.expected_bytes, point.estimate.safe_bytes) for point in self.points}
        return len(self.points) > 1 and len(needs) == 1


class Swept(NamedTuple):
    """
    A setting and its values.

    Args:
        setting: Leaf name or dotted path.

        values: At least one; a text is read as the type of the setting.

        given_as: How they were given, for the origin of the setting and for errors.
    """

    setting: str
    values: tuple[object, ...]
    given_as: str = "sweep"


def swept_of(setting: str, values: Iterable[object], given_as: str) -> Swept:
    """
    Return a setting with its values.

    Raises:
        TypeError: The values are one text.

        ValueError: There are none.
    """
    if isinstance(values, str):
        raise TypeError(f"values are a list, not one text: [{values!r}]")
    swept = Swept(setting, tuple(values), given_as)
    if not swept.values:
        raise ValueError(f"a sweep of {setting} needs a value")
    return swept


def sweep(candidate: Candidate, layers: tuple[Layer, ...], swept: Swept, machine: Machine | None = None) -> Sweep:
    """
    Estimate and, with a machine, judge once for each value of a setting.

    Args:
        layers: Overrides below the swept setting, weakest first.

    Raises:
        UnsupportedTaskError: The entry has no defaults for the task.

        InvalidOverrideError: The setting does not exist, or a value does not fit it.
    """
    entry, task = candidate.entry, candidate.task
    own, points, path = own_demand(entry, task), [], swept.setting
    origin = Origin(OriginKind.OVERRIDE, swept.given_as)
    for value in swept.values:
        settings = merge(entry, task, *layers, Layer({swept.setting: value}, origin))
        path = _swept_path(settings, origin, swept.setting, value)
        case = candidate.case(demand_of(entry, task, settings, own=own), machine)
        points.append(_point(case, _value_at(settings, path), machine))
    return Sweep(subject=candidate.subject, task=task, setting=path.rpartition(".")[2], points=tuple(points))


def _swept_path(settings: Settings, origin: Origin, setting: str, value: object) -> str:
    """Return the dotted path of the swept setting; a group of settings is not one."""
    paths = [path for path, chosen in settings.origins.items() if chosen is origin]
    if len(paths) != 1 or paths[0].rpartition(".")[2] != setting.rpartition(".")[2]:
        raise InvalidOverrideError(setting, value, "a sweep takes one setting, not a group", origin=str(origin))
    return paths[0]


def _point(case: Case, value: object, machine: Machine | None) -> SweepPoint:
    demand, largest = case.demand, machine.largest_bytes if machine else None
    settings, estimate = demand.settings, demand.estimate(largest)
    assert settings is not None  # a sweep has one of them
    assert estimate is not None
    found = settings_findings(demand.entry, demand.task, settings, case.flaws)
    refusals = (finding.message for finding in found if finding.severity is Severity.FAIL)
    report = report_on(case) if machine else None
    return SweepPoint(
        value=value,
        tool=settings.tool,
        estimate=estimate,
        report=report,
        settings=settings,
        share=demand.share(largest),
        refusals=tuple(refusals),
    )


def _value_at(settings: Settings, path: str) -> object:
    value: Any = settings.as_dict()
    for name in path.split("."):
        value = value[name]
    return value
