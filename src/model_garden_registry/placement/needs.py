"""What a replica needs on a kind of node, by its verdict there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from model_garden_registry.checks.hardware.demand import Demand
from model_garden_registry.checks.validation import Candidate, report_on
from model_garden_registry.errors import RegistryError
from model_garden_registry.placement.kinds import Kind
from model_garden_registry.reports import Report

#: Over how many nodes a replica is tried that does not run on one.
_NODES = (2, 4, 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """
    A model to place.

    Args:
        subject: Its id.

        replicas: How many replicas.

        candidate: The model, looked up; None if it cannot be judged.

        demand: What its task needs of hardware; None if it cannot be judged.

        over_nodes: Returns the demand of a replica that spans so many nodes, if the tool can divide a model so; raises
            an error of the registry if not. None: it is not to be tried.

        problem: Why it cannot be judged.

        written: The id as the user wrote it, where that is another.
    """

    subject: str
    replicas: int = 1
    candidate: Candidate | None = None
    demand: Demand | None = None
    over_nodes: Callable[[int], Demand] | None = field(default=None, repr=False, compare=False)
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


def judged(wanted: Wanted, kinds: Mapping[Kind, int], *, allow_deprecated: bool = False) -> Judged:
    """
    Judge a model on each kind of node, or once without hardware if it needs no GPU.

    If a replica does not run on one node of any kind, it is tried over several.

    Args:
        kinds: How many nodes of each kind are in one pool at most.
    """
    try:
        return _judged(wanted, kinds, allow_deprecated=allow_deprecated)
    except RegistryError as error:
        return Judged(replace(wanted, problem=error), {})


def _judged(wanted: Wanted, kinds: Mapping[Kind, int], *, allow_deprecated: bool) -> Judged:
    candidate, demand = wanted.candidate, wanted.demand
    if candidate is None or demand is None:
        return Judged(wanted, {})
    if not candidate.entry.needs_gpu(candidate.task):
        without = report_on(candidate.case(demand, allow_deprecated=allow_deprecated))
        return Judged(wanted, {}, without)
    free = [kind for kind in kinds if kind.free]
    needs = {kind: _need(candidate, demand, kind, allow_deprecated=allow_deprecated) for kind in free}
    if not any(need.devices for need in needs.values()):
        for spread in _spread(wanted, max(kinds.values(), default=0)):
            for kind in free:
                if kinds[kind] >= spread.nodes and not needs[kind].devices:
                    need = _need(candidate, spread, kind, allow_deprecated=allow_deprecated)
                    needs[kind] = need if need.devices else needs[kind]
    return Judged(wanted, needs)


def _spread(wanted: Wanted, most: int) -> Iterator[Demand]:
    """Yield the demand of a model that is spread over several nodes, over few first; nothing if it cannot be."""
    for nodes in _NODES:
        if wanted.over_nodes is not None and nodes <= most:
            try:
                yield wanted.over_nodes(nodes)
            except RegistryError:
                return


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
    if not report.is_valid or (kind.is_sliced and demand.nodes > 1):
        return Need(devices=0, each_bytes=0, report=report)
    each = kind.device_bytes if report.estimate is None else min(report.estimate.safe_bytes, kind.device_bytes)
    return Need(devices=there, each_bytes=each, report=report, nodes=demand.nodes)
