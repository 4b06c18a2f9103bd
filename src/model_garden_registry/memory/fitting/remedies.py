"""The smallest changes with which a GPU is enough, those that cost the least quality first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.part import read_only
from model_garden_registry.entries.settings.task_settings import Settings, TrainingSettings
from model_garden_registry.findings import Verdict
from model_garden_registry.memory.estimation import estimate
from model_garden_registry.memory.fitting.budgets import Measure
from model_garden_registry.memory.fitting.levers import MOVED, SERVING_LEVERS, TRAINING_LEVERS, Bench, Lever
from model_garden_registry.memory.fitting.solver import LARGEST_HOST


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """
    Changes of settings with which a GPU is enough.

    Args:
        changes: Settings by name, as overrides take them.

        safe_bytes: What each GPU then needs, to be safe.

        verdict: What the same check says once they are made.
    """

    changes: Mapping[str, Any]
    safe_bytes: int
    verdict: Verdict = Verdict.OK


def find_remedies(
    entry: ModelInfo, settings: Settings, *, gpu_total_bytes: int, at_most_gpus: int = LARGEST_HOST
) -> Iterator[Remedy]:
    """
    Return the smallest changes with which the task fits on each GPU; none where it does already, or never will.

    What fits is ``safe``. Where no change gives that, it is ``expected``, and where none gives that either, all but a
    hair of it: such changes promise a warning.

    Cheapest in quality first: a smaller batch, made up for by accumulation (serving: the engine's whole share, fewer
    sequences at once), shorter sequences, another method, more GPUs. A change that is not enough alone is combined with
    as many of the cheaper ones as it takes.

    Args:
        gpu_total_bytes: Memory of a GPU as the driver reports it.

        at_most_gpus: How many of them there are.
    """
    for measure in Measure:
        bench = Bench(entry=entry, gpu_total_bytes=gpu_total_bytes, at_most_gpus=at_most_gpus, measure=measure)
        if bench.fits(settings):
            return
        enough = [*_enough(settings, bench)]
        for changed in enough:
            yield Remedy(
                changes=read_only(_changes(settings, changed)),
                safe_bytes=estimate(entry, changed, gpu_total_bytes=gpu_total_bytes).safe_bytes,
                verdict=Verdict.OK if measure is Measure.SAFE else Verdict.WARNING,
            )
        if enough:
            return


def _enough(settings: Settings, bench: Bench) -> Iterator[Settings]:
    """Return the changed settings that fit, none of them with more changes than another."""
    levers: Sequence[Lever[Any]] = TRAINING_LEVERS if isinstance(settings, TrainingSettings) else SERVING_LEVERS
    enough: list[set[Lever[Any]]] = []
    for chosen in _combinations([lever for lever in levers if lever.minimized(settings, bench)]):
        if any(fewer <= set(chosen) for fewer in enough):
            continue
        changed = _solved(chosen, settings, bench)
        if changed is not None:
            enough.append(set(chosen))
            yield changed


def _combinations(levers: Sequence[Lever[Any]]) -> Iterator[tuple[Lever[Any], ...]]:
    """Give each lever alone, then with the cheapest one before it, with the two cheapest, and so on."""
    for index, dearest in enumerate(levers):
        for helpers in range(index + 1):
            yield (*levers[:helpers], dearest)


def _solved(levers: Sequence[Lever[Any]], asked: Settings, bench: Bench) -> Settings | None:
    """Minimize by all levers; where that is enough, relax each as far as it fits, the dearest first."""
    changed = asked
    for lever in levers:
        changed = lever.minimized(changed, bench) or changed
    if not bench.fits(changed):
        return None
    for lever in reversed(levers):
        changed = lever.relaxed(changed, bench, asked)
    return changed


def _changes(asked: Settings, changed: Settings) -> dict[str, Any]:
    """Give the settings that differ, in the order of the levers that move them."""
    values = {name: getattr(changed, name) for name in MOVED if hasattr(changed, name)}
    return {name: value for name, value in values.items() if value != getattr(asked, name)}
