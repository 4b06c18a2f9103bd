"""Verdicts alone: the rules of a report, asked of many machines at once, with nothing put into words."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from model_garden_registry.checks.hardware.compute import compute_findings
from model_garden_registry.checks.hardware.demand import Demand
from model_garden_registry.checks.hardware.devices import capability_findings, shared_code, size_code
from model_garden_registry.checks.hardware.fleets import Fleet, Lot
from model_garden_registry.checks.hardware.machine import Alike, Machine
from model_garden_registry.checks.hardware.need import Bounds
from model_garden_registry.checks.hardware.splitting import (
    PLACES,
    Rank,
    at_split,
    better_split,
    is_to_better,
    open_sizes,
    split_findings,
)
from model_garden_registry.checks.hardware.states import asks_for_cache, state_findings
from model_garden_registry.checks.settings_rules import settings_findings
from model_garden_registry.checks.validation import Candidate, report_on
from model_garden_registry.findings import Code, Severity, Verdict, verdict_of

_VERDICTS = tuple(Verdict)
_WARNING, _FAIL = PLACES[Verdict.WARNING], PLACES[Verdict.FAIL]
#: What does not run on a machine, whatever its memory leaves.
_FAILS = Rank(_FAIL, is_tight=False)


class Verdicts:
    """
    The verdicts on a model for a task on many machines: each is that of ``report_on``.

    What does not depend on the GPU is worked out once, and what depends on a part of what is known of it once for all
    GPUs that have that part in common. The rules are the same functions.

    Args:
        candidate: The model.

        demand: What the task asks of hardware, before a split is chosen.
    """

    __slots__ = ("_candidate", "_demand", "_own", "_splits")

    def __init__(self, candidate: Candidate, demand: Demand) -> None:
        self._candidate, self._demand = candidate, demand
        self._own = _Split(demand)
        self._splits: dict[int, tuple[_Split, ...]] = {}

    def on(self, fleet: Fleet) -> list[Verdict]:
        """Return the verdict on each machine."""
        demand, own = self._demand, self._demand.compared
        reads_otherwise = own is not None and own.load != demand.load
        if reads_otherwise or not demand.entry.needs_gpu(demand.task):
            return [self._reported(machine) for machine in fleet.machines]
        lots = fleet.lots(demand.load)
        found = [verdict for lot in lots.each for verdict in self._of_lot(lot)]
        found += map(self._reported, lots.rest)
        return [found[place] for place in lots.order]

    def _reported(self, machine: Machine) -> Verdict:
        return report_on(self._candidate.case(self._demand, machine)).verdict

    def _of_lot(self, lot: Lot) -> Sequence[Verdict]:
        """Return the verdict for each size of the GPUs of a lot."""
        own = self._own
        ranks = own.ranks(lot)
        others = () if self._demand.is_split_set else self._others(len(lot.first.devices))
        if not others:
            return [self._verdict(own, rank) for rank in ranks]
        return [self._at_best(lot, number, rank, others) for number, rank in enumerate(ranks)]

    def _at_best(self, lot: Lot, number: int, rank: Rank, others: tuple[_Split, ...]) -> Verdict:
        """Return the verdict for one size of the GPUs of a lot, in the best of all splits."""
        if not is_to_better(rank, has_alternatives=False):
            return self._verdict(self._own, rank)
        best = better_split(self._own, others, lambda split: split.ranks(lot)[number])
        return self._verdict(best, best.ranks(lot)[number])

    def _verdict(self, split: _Split, rank: Rank) -> Verdict:
        if rank.verdict == _FAIL:
            return Verdict.FAIL
        if split.apart is None:
            demand = split.demand
            findings = settings_findings(demand.entry, demand.task, demand.settings, self._candidate.flaws)
            split.apart = PLACES[verdict_of(findings)]
        return _VERDICTS[max(rank.verdict, split.apart)]

    def _others(self, there: int) -> tuple[_Split, ...]:
        """Return the other splits that are open where so many GPUs are there."""
        demand = self._demand
        if there == demand.parts == 1:
            return ()
        found = self._splits.get(there)
        if found is None:
            sizes = (size for size in open_sizes(demand, there) if size != demand.parts)
            found = self._splits[there] = tuple(_Split(at_split(demand, size)) for size in sizes)
        return found


class _Split:
    """
    A model divided in one way, judged on lots of GPUs.

    Args:
        demand: What it asks of each GPU.
    """

    def __init__(self, demand: Demand) -> None:
        self.demand, self._gpus = demand, demand.gpus
        #: Place of the verdict on entry and settings, whatever the hardware; None as long as nobody asked.
        self.apart: int | None = None
        self._computed: dict[object, int] = {}
        self._needed: dict[int, tuple[Bounds, int]] = {}
        self._ranks: dict[int, tuple[Rank, ...]] = {}

    def ranks(self, lot: Lot) -> tuple[Rank, ...]:
        """Return the rank of the verdict for each size of the GPUs of a lot."""
        found = self._ranks.get(id(lot))
        if found is None:
            found = self._ranks[id(lot)] = tuple(self._ranked(lot))
        return found

    def _ranked(self, lot: Lot) -> Sequence[Rank]:
        if len(lot.first.devices) < self._gpus:
            return (_FAILS,) * len(lot.sizes)
        computed = self._compute_place(lot.first)
        if computed == _FAIL:
            return (_FAILS,) * len(lot.sizes)
        if self.demand.is_by_size:
            return [self._rank(alike, *self._need(alike), computed) for alike in lot.gpus]
        needed = self._needed.get(lot.reading)
        if needed is None:
            needed = self._needed[lot.reading] = self._need(lot.first)
        return [self._rank(alike, *needed, computed) for alike in lot.gpus]

    def _rank(self, alike: Alike, bounds: Bounds, noted: int, computed: int) -> Rank:
        gpu = alike.memory
        assert gpu is not None  # of a plain machine it is known
        ruled = shared_code(bounds, gpu) if alike.first.is_integrated else size_code(bounds, gpu)
        if ruled is not None and ruled.severity is Severity.FAIL:
            return _FAILS
        place = max(noted, computed, 0 if ruled is None else _WARNING)
        if asks_for_cache(self.demand):
            place = max(place, PLACES[verdict_of(state_findings(alike.first, alike.named, self.demand))])
        return Rank(place, ruled is not None and ruled.code is Code.VRAM_BELOW_RECOMMENDED)

    def _need(self, alike: Alike) -> tuple[Bounds, int]:
        """Return how large a GPU must be, and the place of the verdict on split and estimate."""
        noted = PLACES[verdict_of(self.demand.notes(alike.memory))]
        return self.demand.bounds(alike.memory), max(noted, self._split_place)

    @cached_property
    def _split_place(self) -> int:
        return PLACES[verdict_of(split_findings(self.demand))]

    def _compute_place(self, alike: Alike) -> int:
        """Return the place of the verdict on what a GPU must compute."""
        device, named, demand = alike.first, alike.named, self.demand
        found = self._computed.get(device.compute_capability)
        if found is None:
            stated = capability_findings(device, named, demand.stated.capability)
            computed = compute_findings(device, named, demand.entry, demand.settings)
            found = self._computed[device.compute_capability] = PLACES[verdict_of((*stated, *computed))]
        return found
