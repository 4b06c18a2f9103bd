"""The parts of the evaluation: which measurements each is about, and the classes that margins are for."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from benchmarks.measured_case import CLASSES, LOADED, Case
from benchmarks.memory_scores import Score, score
from model_garden_registry.memory.constants import Calibration

#: Which measurements belong to a part; parts may overlap.
PARTS: dict[str, Callable[[Case], bool]] = {
    "serving": lambda case: case.is_total and not case.is_training,
    "training": lambda case: case.is_total and case.is_training,
    "training_hf": lambda case: case.is_total and case.is_training and _is_transformers(case),
    "training_certain": lambda case: case.is_total and case.is_training and case.is_certain,
    "sharded": lambda case: case.is_total and case.memory_class == "sharded",
    "kv_bytes": lambda case: case.quantity == "kv_bytes_per_token_per_gpu",
    "kv_tokens": lambda case: case.quantity == "kv_tokens",
    "non_kv": lambda case: case.quantity == "vllm_non_kv_per_gpu",
    "weights": lambda case: case.quantity in LOADED,
    "weights_quantised": lambda case: case.quantity in LOADED and case.is_quantised,
}


class Judged(NamedTuple):
    """
    A measurement beside the answer.

    Args:
        expected: What the library says of it.

        error: Predicted / measured - 1.

        safe_ratio: `safe` / measured.
    """

    case: Case
    expected: float
    error: float
    safe_ratio: float


def judge(case: Case, constants: Calibration) -> Judged:
    """Compare a measurement with the answer."""
    expected = case.expected(constants)
    return Judged(case, expected, expected / case.measured - 1, case.safe_ratio(constants))


def part_scores(judged: Sequence[Judged]) -> dict[str, Score]:
    """Return the scores of each part, in percent."""
    found = {name: _score(one for one in judged if is_wanted(one.case)) for name, is_wanted in PARTS.items()}
    tokens = [abs(one.error) for one in judged if PARTS["kv_tokens"](one.case)]
    found["kv_tokens"] |= {"mean": found["kv_tokens"]["mape"], "max": round(100 * max(tokens), 2) if tokens else None}
    return found


def class_scores(judged: Sequence[Judged]) -> dict[str, Score]:
    """
    Return the scores of each class of runs, and of all of them: how near they are, and how they stand to `safe`.

    They are about what `safe` is a promise of: peaks of training, and memory of serving.
    """
    totals = [one for one in judged if one.case.is_total]
    classes = {name: [one for one in totals if one.case.memory_class == name] for name in CLASSES}
    return {name: _class_score(of) for name, of in (classes | {"overall": totals}).items()}


def row_lines(judged: Iterable[Judged]) -> list[dict[str, Any]]:
    """Return each measurement with the answer, in its own unit; errors in percent."""
    return [
        {
            "id": one.case.row.get("id", ""),
            "arch": one.case.row["arch"],
            "quantity": one.case.quantity,
            "class": one.case.memory_class,
            "measured": round(one.case.measured),
            "predicted": round(one.expected),
            "error": round(100 * one.error, 2),
            "safe_ratio": round(one.safe_ratio, 3),
            "unsaid": list(one.case.unsaid),
        }
        for one in judged
    ]


def _class_score(judged: Sequence[Judged]) -> Score:
    whole = _score(judged)
    ratio = round(statistics.median(one.safe_ratio for one in judged), 3) if judged else None
    return {name: whole[name] for name in ("n", "mape", "safe_under5")} | {"safe_ratio": ratio}


def _score(judged: Iterable[Judged]) -> Score:
    pairs = [(one.error, one.safe_ratio - 1) for one in judged]
    return score([error for error, _ in pairs], [safe for _, safe in pairs])


def _is_transformers(case: Case) -> bool:
    return case.row.get("framework", "").startswith("transformers")
