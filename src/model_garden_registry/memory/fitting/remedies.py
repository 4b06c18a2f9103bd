"""The smallest changes that make a GPU enough, the cheapest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.part import read_only
from model_garden_registry.entries.settings.task_settings import Settings, TrainingSettings
from model_garden_registry.findings import Verdict
from model_garden_registry.memory.fitting.levers import Bench, Lever, Price
from model_garden_registry.memory.fitting.serving_levers import SERVING_LEVERS
from model_garden_registry.memory.fitting.training_levers import TRAINING_LEVERS, losses_of

#: Settings that may be changed, in the order in which they are named.
MOVED = tuple(dict.fromkeys(name for lever in (*TRAINING_LEVERS, *SERVING_LEVERS) for name in lever.moves))


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """
    Changes that make a GPU enough.

    Args:
        changes: Settings by name, as overrides take them; ``model`` is the id of an entry to use instead.

        safe_bytes: Memory per GPU after the changes, with the safety margin.

        verdict: The verdict of the same check after the changes.

        needs: Extra package that they need; empty: none.
    """

    changes: Mapping[str, Any]
    safe_bytes: int
    verdict: Verdict = Verdict.OK
    needs: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """
    Settings that fit.

    Args:
        changes: Settings that differ from what was asked, by name.

        price: The cost of the dearest of them.

        needs: Extra package that they need; empty: none.
    """

    changes: Mapping[str, Any]
    price: Price
    needs: str = ""


def find_changes(settings: Settings, bench: Bench, *, may_do_less: bool = True) -> Iterator[Changed]:
    """
    Yield the smallest changes with which the task fits on each GPU; none if it fits already, or never will.

    In order of cost: what costs only time (attention, loss, gradient checkpointing, optimizer, a smaller batch
    made up for by accumulation, GPUs that are there; serving: the engine's whole share), then another method, then
    fewer or shorter sequences. A change that is not enough alone is combined with as many of the cheaper ones as
    needed. Less work than was asked for is offered only if what costs only time is not enough, and then together
    with all of that which helps.

    Args:
        may_do_less: Whether less work may be offered at all.

    Raises:
        MissingShapeError: The entry does not state its shape.
    """
    if bench.fits(settings) or bench.is_hopeless(settings):
        return
    found: list[set[str]] = []
    is_enough_for_nothing = False
    for levers, lowest in _prefixes(settings, bench):
        dearest = levers[-1]
        if dearest.price is Price.LESS_WORK and (is_enough_for_nothing or not may_do_less):
            return
        if not bench.fits(lowest):
            continue
        solved = _taken_back(levers, lowest, bench, settings)
        changes, needs = _changes(settings, solved), _needs(bench.entry, solved, settings)
        if needs is None or any(fewer <= {*changes} for fewer in found):
            continue
        found.append({*changes})
        price = max((lever.price for lever in levers if {*lever.moves} & {*changes}), key=tuple(Price).index)
        is_enough_for_nothing |= price is Price.NOTHING
        yield Changed(changes=read_only(changes), price=price, needs=needs)


def _prefixes(settings: Settings, bench: Bench) -> Iterator[tuple[Sequence[Lever[Any]], Settings]]:
    """Yield growing lists of movable levers, in order of cost, with the settings that minimize all of them."""
    movable: list[Lever[Any]] = []
    lowest = settings
    for lever in _levers(settings):
        moved: Settings | None = lever.minimized(lowest, bench)
        if moved is None:
            continue
        if lever.leads:  # the others depend on its choice
            moved = lever.minimized(settings, bench) or moved
            for other in movable:
                moved = other.minimized(moved, bench) or moved
        movable.append(lever)
        lowest = moved
        yield movable, lowest


def _taken_back(levers: Sequence[Lever[Any]], lowest: Settings, bench: Bench, asked: Settings) -> Settings:
    """
    Undo what is not needed, the dearest first; the last lever stays, unless the others now do without it.

    If that is less work, as little of it as possible is cut, and what costs only time stays as far as it helps.
    """
    *helpers, dearest = levers
    is_less = dearest.price is Price.LESS_WORK
    changed, kept = lowest, [dearest]
    for lever in reversed(helpers):
        undone = lever.undone(changed, bench, asked)
        if not (is_less and lever.price is Price.NOTHING) and bench.fits(undone):
            changed = undone
        else:
            kept.append(lever)
    for lever in kept:
        undone = lever.undone(changed, bench, asked)
        is_needless = is_less and lever.price is Price.NOTHING and bench.fits(undone)
        relaxed = undone if is_needless else lever.relaxed(changed, bench, asked)
        changed = relaxed if bench.fits(relaxed) else changed
    without = dearest.undone(changed, bench, asked)
    return without if bench.fits(without) else changed


def _levers(settings: Settings) -> Sequence[Lever[Any]]:
    return TRAINING_LEVERS if isinstance(settings, TrainingSettings) else SERVING_LEVERS


def _changes(asked: Settings, changed: Settings) -> dict[str, Any]:
    """Return the settings that differ, in the order of the levers that move them."""
    values = {name: getattr(changed, name) for name in MOVED if hasattr(changed, name)}
    return {name: value for name, value in values.items() if value != getattr(asked, name)}


def _needs(entry: ModelInfo, changed: Settings, asked: Settings) -> str | None:
    """Return the package that another loss needs; None if the stack does not offer it with the other changes."""
    if not isinstance(changed, TrainingSettings) or not isinstance(asked, TrainingSettings):
        return ""
    return "" if changed.loss == asked.loss else losses_of(entry, changed).get(changed.loss)
