"""What a replica needs on a kind of node, by its verdict there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from model_garden_registry.checks.hardware.demand import Demand
from model_garden_registry.checks.validation import Candidate, report_on
from model_garden_registry.errors import RegistryError
from model_garden_registry.placement.kinds import Kind
from model_garden_registry.reports import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """
    A model to place.

    Args:
        subject: Its id.

        replicas: How many replicas.

        candidate: The model, looked up; None if it cannot be judged.

        demand: What its task needs of hardware; None if it cannot be judged.

        problem: Why it cannot be judged.

        written: The id as the user wrote it, where that is another.
    """

    subject: str
    replicas: int = 1
    candidate: Candidate | None = None
    demand: Demand | None = None
    problem: RegistryError | None = None
    written: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """
    What a replica needs on a kind of node.

    Args:
        devices: How many devices of a node; 0: it does not run there.

        each_bytes: Memory that it should have on each of them: at most all of it.

        nodes: How many nodes it spans.

        report: The verdict on exactly these devices; else on all that are free, with the reason.
    """

    devices: int
    each_bytes: int
    report: Report
    nodes: int = 1


@dataclass(frozen=True, slots=True)
class Judged:
    """
    A model with its verdicts.

    Args:
        needs: What a replica needs on each kind of node with a free device; empty if there is no verdict.

        without: The verdict without a GPU, of a model that needs none.
    """

    wanted: Wanted
    needs: Mapping[Kind, Need]
    without: Report | None = None

    @property
    def subject(self) -> str:
        """Its id."""
        return self.wanted.subject

    def running(self, kind: Kind) -> Need | None:
        """Return what a replica needs on a kind of node; None if it does not run there."""
        need = self.needs.get(kind)
        return need if need is not None and need.devices else None


def judged(wanted: Wanted, kinds: Iterable[Kind], *, allow_deprecated: bool = False) -> Judged:
    """Judge a model on each kind of node, or once without hardware if it needs no GPU."""
    try:
        return _judged(wanted, kinds, allow_deprecated=allow_deprecated)
    except RegistryError as error:
        return Judged(replace(wanted, problem=error), {})


def _judged(wanted: Wanted, kinds: Iterable[Kind], *, allow_deprecated: bool) -> Judged:
    candidate, demand = wanted.candidate, wanted.demand
    if candidate is None or demand is None:
        return Judged(wanted, {})
    if not candidate.entry.needs_gpu(candidate.task):
        without = report_on(candidate.case(demand, allow_deprecated=allow_deprecated))
        return Judged(wanted, {}, without)
    needs = {kind: _need(candidate, demand, kind, allow_deprecated=allow_deprecated) for kind in kinds if kind.free}
    return Judged(wanted, needs)


def _need(candidate: Candidate, demand: Demand, kind: Kind, *, allow_deprecated: bool) -> Need:
    """
    Judge a model on a kind of node.

    The split is the one that ``validate`` chooses on all free devices of such a node. It is judged again on as many
    devices as it takes: a job sees no others.
    """
    there = 1 if kind.is_sliced else kind.free
    case = candidate.case(demand, kind.machine(there), allow_deprecated=allow_deprecated)
    report = report_on(case)
    while report.is_valid and case.demand.gpus < there:
        there = case.demand.gpus
        case = candidate.case(case.demand, kind.machine(there), allow_deprecated=allow_deprecated)
        report = report_on(case)
    if not report.is_valid:
        return Need(devices=0, each_bytes=0, report=report)
    each = kind.device_bytes if report.estimate is None else min(report.estimate.safe_bytes, kind.device_bytes)
    return Need(devices=there, each_bytes=each, report=report)
