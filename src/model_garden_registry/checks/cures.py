"""Remedies: changes that turn a failure or a warning into a pass; each is validated before it is offered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Any

from model_garden_registry.checks.hardware.demand import demand_of
from model_garden_registry.checks.validation import Candidate, Case, on_its_hardware, report_on
from model_garden_registry.entries.part import read_only
from model_garden_registry.entries.settings.merging import Layer, merge
from model_garden_registry.entries.settings.task_settings import InferenceSettings, Origin, OriginKind, Settings
from model_garden_registry.errors import RegistryError
from model_garden_registry.findings import Code, Severity, Verdict
from model_garden_registry.memory.fitting.budgets import Measure
from model_garden_registry.memory.fitting.levers import Bench, Price
from model_garden_registry.memory.fitting.remedies import Changed, Remedy, find_changes
from model_garden_registry.reports import Report

#: Findings that other settings, or another form of the model, may resolve.
_CURABLE = frozenset(
    {
        *(Code.VRAM_LOW, Code.VRAM_BORDERLINE, Code.VRAM_BELOW_RECOMMENDED, Code.FREE_LOW),
        *(Code.GPUS_FEW, Code.HEADS_INDIVISIBLE, Code.SEQUENCES_MANY),
    }
)
#: Another form of the model without further changes.
_AS_IT_IS = Changed(changes={}, price=Price.OTHER)
#: How many remedies a report has at most.
MOST_REMEDIES = 5


def with_remedies(report: Report, case: Case, most: int = MOST_REMEDIES) -> Report:
    """
    Return a report with remedies, where changes of settings or form can resolve all of its findings.

    For a failure, a remedy improves the verdict; for a warning, it gives ok.

    Args:
        most: The search stops after this many.
    """
    verdict = report.verdict
    if verdict not in (Verdict.FAIL, Verdict.WARNING):
        return report
    decisive = {finding.code for finding in report.findings if finding.severity is Severity(verdict)}
    search = _search_of(case, frozenset(decisive)) if decisive <= _CURABLE else None
    if search is None:
        return report
    found = _plain_yes(search) if verdict is Verdict.WARNING else _better(search)
    return replace(report, remedies=tuple(islice(found, most)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    """
    A case that does not pass, and the bounds of the search for changes.

    Args:
        free_bytes: Free memory of each GPU, where too little of it is the reason; else None.
    """

    case: Case
    settings: Settings
    gpu_total_bytes: int
    free_bytes: int | None

    def bench(self, case: Case, measure: Measure) -> Bench:
        """Return the bench on which changes are tried, of this case or of another form of the model."""
        demand, machine = case.demand, self.case.machine
        bench = Bench(
            entry=demand.entry,
            gpu_total_bytes=self.gpu_total_bytes,
            at_most_gpus=len(machine.seen.devices) * self.settings.nodes if machine else 0,
            measure=measure,
            free_bytes=self.free_bytes,
        )
        found = demand.estimate(self.gpu_total_bytes)
        assert demand.settings is not None  # else nothing is searched
        assert found is not None
        bench.remember(demand.settings, found)
        return bench

    def again(self, candidate: Candidate, changes: Mapping[str, Any]) -> Case | None:
        """Return the case of an entry with the user's settings and the changes; None where they are refused."""
        asked, layer = self.case.asked or self.case.demand, Layer(changes, Origin(OriginKind.OVERRIDE, "remedy"))
        given = Layer(asked.settings.overrides() if asked.settings else {})
        try:
            settings = merge(candidate.entry, candidate.task, given, layer)
        except RegistryError:
            return None
        own = (asked.own or asked) if candidate.entry is asked.entry else None
        changed = demand_of(candidate.entry, candidate.task, settings, own=own)
        again = replace(self.case, subject=candidate.subject, flaws=candidate.flaws, demand=changed, asked=None)
        return on_its_hardware(again)  # with the changes, another split may be chosen than without


def _search_of(case: Case, decisive: frozenset[Code]) -> _Search | None:
    """Return the search for the decisive findings; None where nothing can be estimated."""
    settings, total, machine = case.demand.settings, case.gpu_total_bytes, case.machine
    if machine is None or settings is None or total is None or not case.demand.is_exact:
        return None
    sizes = sorted(device.free_bytes for device in machine.seen.devices if isinstance(device.free_bytes, int))
    free = sizes[-min(case.demand.gpus, len(sizes))] if sizes and Code.FREE_LOW in decisive else None
    return _Search(case=case, settings=settings, gpu_total_bytes=total, free_bytes=free)


def _plain_yes(search: _Search) -> Iterator[Remedy]:
    return _found(search, Measure.SAFE, (Verdict.OK,), (Verdict.OK,))


def _better(search: _Search) -> Iterator[Remedy]:
    """Return changes that fit safely; only where none does, those that are expected to fit."""
    valid = tuple(verdict for verdict in Verdict if verdict.is_valid)
    for measure, of_siblings in ((Measure.SAFE, (Verdict.OK,)), (Measure.EXPECTED, valid)):
        is_found = False
        for remedy in _found(search, measure, valid, of_siblings):
            is_found = True
            yield remedy
        if is_found:
            return


def _found(
    search: _Search, measure: Measure, accepted: Sequence[Verdict], of_siblings: Sequence[Verdict]
) -> Iterator[Remedy]:
    """
    Yield the changes that pass, best first: another form of the model comes before a smaller load.

    Another form with a smaller load is only tried where nothing else passes.
    """
    case, is_found = search.case, False
    here = Candidate(subject=case.subject, entry=case.demand.entry, task=case.demand.task, flaws=case.flaws)

    def judged(changed: Changed) -> Iterator[Remedy]:
        return _judged(search.again(here, changed.changes), changed, accepted)

    changes = find_changes(search.settings, search.bench(case, measure))
    less: tuple[Changed, ...] = ()
    for changed in changes:
        if changed.price is Price.LESS_WORK:
            less = (changed,)
            break
        for remedy in judged(changed):
            is_found = True
            yield remedy
    lighter = [*_lighter(search)]
    instead = _sibling(search, lighter, measure, of_siblings, may_change=not is_found)
    for remedy in chain(instead, chain.from_iterable(map(judged, chain(less, changes)))):
        is_found = True
        yield remedy
    if not is_found:
        yield from _sibling(search, lighter[::-1], measure, of_siblings, may_do_less=True)


def _sibling(
    search: _Search,
    forms: Sequence[tuple[Candidate, Case]],
    measure: Measure,
    accepted: Sequence[Verdict],
    *,
    may_change: bool = True,
    may_do_less: bool = False,
) -> Iterator[Remedy]:
    """
    Return the first of other forms of the model that passes.

    Args:
        may_change: Whether changes that keep the load are tried as well.

        may_do_less: Whether changes that reduce the load are tried instead.
    """
    for candidate, case in forms:
        changes = _changes_of(case, search.bench(case, measure), may_do_less=may_do_less)
        for changed in changes if may_change else (_AS_IT_IS,):
            use = replace(changed, changes={"model": candidate.subject, **changed.changes})
            again = search.again(candidate, changed.changes) if changed.changes else case
            for remedy in _judged(again, use, accepted):
                yield remedy
                return


def _changes_of(case: Case, bench: Bench, *, may_do_less: bool) -> Iterator[Changed]:
    """Yield changes for another form of a model: none, then those that keep the load; or those that reduce it."""
    settings = case.demand.settings
    found = find_changes(settings, bench, may_do_less=may_do_less) if settings else iter(())
    if may_do_less:
        yield from (changed for changed in found if changed.price is Price.LESS_WORK)
    else:
        yield from chain((_AS_IT_IS,), found)


def _lighter(search: _Search) -> Iterator[tuple[Candidate, Case]]:
    """Return the other forms of a model for the same engine whose weights are smaller, the largest of them first."""
    if not isinstance(search.settings, InferenceSettings):
        return
    now, engine = _weights(search.case), search.settings.engine
    cases = ((candidate, search.again(candidate, {})) for candidate in search.case.siblings())
    weighed = [(_weights(case), candidate, case) for candidate, case in cases if case and _is_served_by(engine, case)]
    for weight, candidate, case in sorted(weighed, key=lambda one: -one[0]):
        if weight < now:
            yield candidate, case


def _is_served_by(engine: str, case: Case) -> bool:
    settings = case.demand.settings
    return case.demand.is_exact and isinstance(settings, InferenceSettings) and settings.engine == engine


def _weights(case: Case) -> int:
    """Return the bytes of the weights on all GPUs together."""
    found = case.demand.estimate(case.gpu_total_bytes)
    return found.parts["weights"] * case.demand.parts * case.demand.nodes if found else 0


def _judged(case: Case | None, changed: Changed, accepted: Sequence[Verdict]) -> Iterator[Remedy]:
    """Yield a remedy with its verdict from the same check, where that verdict is accepted."""
    report = report_on(case) if case else None
    if report and report.estimate and report.verdict in accepted:
        yield Remedy(
            changes=read_only(changed.changes),
            safe_bytes=report.estimate.safe_bytes,
            verdict=report.verdict,
            needs=changed.needs,
        )
