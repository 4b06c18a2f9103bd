"""How far estimates are from measurements, and the constants that bring them nearest."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, replace

from benchmarks.measured_case import Case
from model_garden_registry.memory.constants import Calibration

#: A row counts as short when the estimate is below the measurement by more than this.
_SHORT = 0.05
#: Steps of the search for constants, as factors, coarse to fine.
_STEPS = (1.3, 1.1, 1.03)
#: A smaller gain, as a share, is none.
_GAIN = 1e-7

Score = dict[str, float | None]


def score(errors: Sequence[float], safe_errors: Sequence[float] = ()) -> Score:
    """
    Return statistics of relative errors, in percent.

    Args:
        errors: Of the expected bytes: predicted / measured - 1.

        safe_errors: Of the safe bytes; empty if there are none.
    """
    if not errors:
        return {"n": 0, **dict.fromkeys(("mape", "median", "p90", "bias", "under5", "safe_under5"))}
    sizes = sorted(map(abs, errors))
    return {
        "n": len(errors),
        "mape": _percent(statistics.fmean(sizes)),
        "median": _percent(statistics.median(sizes)),
        "p90": _percent(quantile(sizes, 0.9)),
        "bias": _percent(statistics.fmean(errors)),
        "under5": _percent(_short(errors)),
        "safe_under5": _percent(_short(safe_errors)) if safe_errors else None,
    }


def quantile(ordered: Sequence[float], share: float) -> float:
    """Return the value below which a share lies, interpolated between neighbours."""
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def refit(cases: Sequence[Case], start: Calibration) -> Calibration:
    """
    Fit the constants one after the other to the least mean error, with equal weight for serving and training.

    A constant that none of the measurements speaks to stays as it is.
    """
    fit_to = [case for case in cases if case.is_fitted]
    return _search(fit_to, start, {field.name: _heard(fit_to, start, field.name) for field in fields(Calibration)})


def _search(cases: Sequence[Case], start: Calibration, heard: Mapping[str, Sequence[int]]) -> Calibration:
    weights = _weights(cases)
    losses = [weight * abs(case.error(start)) for case, weight in zip(cases, weights, strict=True)]
    best = start
    for factor in _STEPS:
        improved = True
        while improved:
            improved = False
            for name, places in heard.items():
                for step in (factor, 1 / factor):
                    trial = replace(best, **{name: getattr(best, name) * step})
                    tried = {place: weights[place] * abs(cases[place].error(trial)) for place in places}
                    if sum(tried.values()) < sum(losses[place] for place in places) - _GAIN:
                        best, improved = trial, True
                        for place, loss in tried.items():
                            losses[place] = loss
    return best


def _weights(cases: Sequence[Case]) -> list[float]:
    count = Counter(case.is_training for case in cases)
    return [1 / count[case.is_training] for case in cases]


def _heard(cases: Sequence[Case], start: Calibration, name: str) -> list[int]:
    """Return the indices of the measurements that a constant affects, near its value or far from it."""
    value = getattr(start, name)
    others = [replace(start, **{name: value * factor}) for factor in (3.0, 1.3, 1 / 1.3, 1 / 3.0)]
    return [
        place
        for place, case in enumerate(cases)
        if any(case.expected(other) != case.expected(start) for other in others)
    ]


def leave_out(
    cases: Sequence[Case], start: Calibration, report: Callable[[str], None]
) -> list[tuple[Case, Calibration]]:
    """Return every measurement with the constants that were fitted without its source."""
    fit_to = [case for case in cases if case.is_fitted]
    heard = {field.name: _heard(fit_to, start, field.name) for field in fields(Calibration)}
    found: list[tuple[Case, Calibration]] = []
    for source in dict.fromkeys(case.source for case in cases):
        report(f"refitting without {source}")
        kept = [place for place, case in enumerate(fit_to) if case.source != source]
        moved = {place: number for number, place in enumerate(kept)}
        still = {name: [moved[place] for place in places if place in moved] for name, places in heard.items()}
        fitted = _search([fit_to[place] for place in kept], start, still)
        found += [(case, fitted) for case in cases if case.source == source]
    return found


def _short(errors: Iterable[float]) -> float:
    return statistics.fmean(error < -_SHORT for error in errors)


def _percent(share: float) -> float:
    return round(100 * share, 2)
