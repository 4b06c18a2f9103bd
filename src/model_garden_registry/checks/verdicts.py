"""Verdicts alone: the rules of a report for many machines at once, without messages."""

from __future__ import annotations

from collections.abc import Sequence

from model_garden_registry.checks.entry.consistency import Flaw
from model_garden_registry.checks.hardware.demand import Demand
from model_garden_registry.checks.hardware.devices import BELOW_RECOMMENDED, LOW, capability_findings, size_cuts
from model_garden_registry.checks.hardware.fleets import Fleet, Lot
from model_garden_registry.checks.hardware.machine import Alike, Machine
from model_garden_registry.checks.hardware.need import Bounds
from model_garden_registry.checks.hardware.splitting import (
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
from model_garden_registry.findings import VERDICTS, Verdict, place_of
from model_garden_registry.lazy import lazy

_WARNING, _FAIL = VERDICTS.index(Verdict.WARNING), VERDICTS.index(Verdict.FAIL)
#: The rank of a model that fails on a machine, whatever its memory.
_FAILS = Rank(_FAIL, is_tight=False)


class Verdicts:
    """
    The verdicts on a model for a task on many machines, each equal to that of ``report_on``.

    What does not depend on the GPU is computed once, and what depends on some facts of it once for all
    GPUs with the same facts. The rules are the same functions.

    Args:
        candidate: The model.

        demand: What the task needs of hardware, before a split is chosen.
    """

    __slots__ = ("_candidate", "_demand", "_is_set", "_own", "_splits")

    def __init__(self, candidate: Candidate, demand: Demand) -> None:
        self._candidate, self._demand = candidate, demand
        self._own, self._is_set = _Split(demand, candidate.flaws), demand.is_split_set
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
        others = () if self._is_set else self._others(len(lot.first.devices))
        if not others:
            return [Verdict.FAIL if rank is _FAILS else own.verdicts[rank.verdict] for rank in ranks]
        return [self._at_best(lot, number, rank, others) for number, rank in enumerate(ranks)]

    def _at_best(self, lot: Lot, number: int, rank: Rank, others: tuple[_Split, ...]) -> Verdict:
        """Return the verdict for one size of the GPUs of a lot, in the best of all splits."""
        best = self._own
        if is_to_better(rank, has_alternatives=False):
            best = better_split(best, others, lambda split: split.ranks(lot)[number])
            rank = best.ranks(lot)[number]
        return Verdict.FAIL if rank is _FAILS else best.verdicts[rank.verdict]

    def _others(self, there: int) -> tuple[_Split, ...]:
        """Return the other splits that are possible on this many GPUs."""
        demand = self._demand
        if there == demand.parts == 1:
            return ()
        found = self._splits.get(there)
        if found is None:
            sizes = (size for size in open_sizes(demand, there) if size != demand.parts)
            found = self._splits[there] = tuple(_Split(at_split(demand, size), self._candidate.flaws) for size in sizes)
        return found


class _Split:
    """
    A model divided in one way, judged on lots of GPUs.

    Args:
        demand: What it needs of each GPU.

        flaws: Rules that the entry breaks, as far as they concern the task.
    """

    def __init__(self, demand: Demand, flaws: tuple[Flaw, ...]) -> None:
        self.demand, self._flaws, self._gpus = demand, flaws, demand.gpus
        self._computation = demand.computation
        self._computed: dict[object, int] = {}
        self._needed: dict[int, tuple[Bounds, int]] = {}
        self._ranks: dict[int, tuple[Rank, ...]] = {}

    @lazy
    def verdicts(self) -> tuple[Verdict, ...]:
        """The whole verdict for each verdict on hardware, with the findings about entry and settings."""
        demand = self.demand
        apart = place_of(settings_findings(demand.entry, demand.task, demand.settings, self._flaws))
        return tuple(VERDICTS[max(place, apart)] for place in range(len(VERDICTS)))

    def ranks(self, lot: Lot) -> tuple[Rank, ...]:
        """Return the rank of the verdict on hardware for each size of the GPUs of a lot."""
        found = self._ranks.get(id(lot))
        if found is None:
            found = self._ranks[id(lot)] = tuple(self._ranked(lot))
        return found

    def _ranked(self, lot: Lot) -> Sequence[Rank]:
        if len(lot.first.devices) < self._gpus:
            return (_FAILS,) * len(lot.sizes)
        needed = self._needed.get(lot.reading)
        is_hopeless = needed is not None and lot.rule(needed[0], lot.sizes[-1]) is LOW
        computed = _FAIL if is_hopeless else self._compute_place(lot.first)
        if computed == _FAIL:
            return (_FAILS,) * len(lot.sizes)
        if self.demand.is_by_size:
            return [self._of_size(lot, number, self._need(alike), computed) for number, alike in enumerate(lot.gpus)]
        if needed is None:
            needed = self._needed[lot.reading] = self._need(lot.first)
        if lot.is_shared or self._asks_for_cache:
            return [self._of_size(lot, number, needed, computed) for number in range(len(lot.sizes))]
        return _by_size(lot.sizes, needed[0], max(needed[1], computed))

    def _of_size(self, lot: Lot, number: int, needed: tuple[Bounds, int], computed: int) -> Rank:
        bounds, noted = needed
        ruled = lot.rule(bounds, lot.sizes[number])
        if ruled is LOW:
            return _FAILS
        place = max(noted, computed, 0 if ruled is None else _WARNING)
        if self._asks_for_cache:
            alike = lot.gpus[number]
            place = max(place, place_of(state_findings(alike.first, alike.named, self.demand)))
        return _FAILS if place == _FAIL else Rank(place, ruled is BELOW_RECOMMENDED)

    @lazy
    def _asks_for_cache(self) -> bool:
        return asks_for_cache(self.demand)

    def _need(self, alike: Alike) -> tuple[Bounds, int]:
        """Return how large a GPU must be, and the position of the verdict on split and estimate."""
        noted = place_of(self.demand.notes(alike.memory))
        return self.demand.bounds(alike.memory), max(noted, self._split_place)

    @lazy
    def _split_place(self) -> int:
        return place_of(split_findings(self.demand))

    def _compute_place(self, alike: Alike) -> int:
        """Return the position of the verdict on what a GPU must compute."""
        device, named, demand = alike.first, alike.named, self.demand
        found = self._computed.get(device.compute_capability)
        if found is None:
            stated = capability_findings(device, named, demand.stated.capability)
            computed = self._computation.findings(device, named)
            found = self._computed[device.compute_capability] = place_of((*stated, *computed))
        return found


def _by_size(sizes: Sequence[int], bounds: Bounds, place: int) -> tuple[Rank, ...]:
    """
    Return the rank for each of ascending sizes, where nothing but memory differs.

    Args:
        place: The position of the verdict on everything else, which is no failure.
    """
    low, borderline, tight = size_cuts(bounds, sizes)
    warned = max(place, _WARNING)
    return (
        *(_FAILS,) * low,
        *(Rank(warned, is_tight=False),) * (borderline - low),
        *(Rank(warned, is_tight=True),) * (tight - borderline),
        *(Rank(place, is_tight=False),) * (len(sizes) - tight),
    )
