"""
Score the library's memory estimates, and public ones beside them, on published measurements.

``python -m benchmarks.evaluate_memory --measurements CSV --architectures CSV``; without files, those of ``data/``.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

if not __package__:  # run as a file
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.measured_rows import BrokenTableError, Case, read_cases
from benchmarks.memory_peers import PEERS
from benchmarks.memory_scores import Score, leave_out, refit, relative_error, score, token_score
from model_garden_registry.memory.constants import CALIBRATED, Calibration

DATA = Path(__file__).resolve().parent / "data"


def main(arguments: Sequence[str] | None = None) -> int:
    """Evaluate; 2 where a table is broken."""
    options = _parser().parse_args(arguments)
    try:
        cases, left_out = read_cases(options.measurements, options.architectures)
    except BrokenTableError as problem:
        _say(str(problem))
        return 2
    for line in left_out:
        _say(f"left out: {line}")
    if options.refit:
        print(json.dumps(asdict(refit(cases, CALIBRATED)), indent=2))
        return 0
    result = evaluate(cases)
    if options.leave_out_source:
        result["leave_out_source"] = left_out_scores(cases)
    print(json.dumps(result, indent=2) if options.json else as_text(result, len(left_out)))
    return 0


def evaluate(cases: Sequence[Case], constants: Calibration = CALIBRATED) -> dict[str, Any]:
    """Give all scores, in percent."""
    scored = [case for case in cases if not case.is_further]
    training = [case for case in scored if case.is_training]
    serving = [case for case in scored if not case.is_training]
    return {
        "serving": _score(serving, constants),
        "training": _score(training, constants),
        "training_hf": _score(filter(_is_transformers, training), constants),
        "kv_tokens": token_score(
            [case.expected_tokens(constants) / case.kv_tokens - 1 for case in serving if case.kv_tokens]
        ),
        "by_source": {
            source: {
                task: _score(group, constants)
                for task, tasks in (("serving", serving), ("training", training))
                if (group := [case for case in tasks if case.source == source])
            }
            for source in dict.fromkeys(case.source for case in cases)
        },
        "peers": {
            name: {
                task: score([value / case.measured_bytes - 1 for case in tasks if (value := peer(case)) is not None])
                for task, tasks in (("serving", serving), ("training", training))
            }
            for name, peer in PEERS.items()
        },
    }


def left_out_scores(cases: Sequence[Case]) -> dict[str, Score]:
    """Give the scores of constants that never saw the source of the measurement."""
    errors = [(case, error) for case, error in leave_out(cases, CALIBRATED, _say) if not case.is_further]
    return {
        "serving": score([error for case, error in errors if not case.is_training]),
        "training": score([error for case, error in errors if case.is_training]),
        "training_hf": score([error for case, error in errors if case.is_training and _is_transformers(case)]),
    }


def as_text(result: dict[str, Any], left_out: int) -> str:
    """Write the scores as a table."""
    lines = [f"{'':34}{'n':>5}{'MAPE':>8}{'median':>8}{'p90':>8}{'bias':>8}{'short':>8}{'safe short':>12}"]
    lines += [_row(name, result[name]) for name in ("serving", "training", "training_hf")]
    tokens = result["kv_tokens"]
    lines += [
        "",
        f"KV cache tokens: n {tokens['n']}, median {tokens['median']}, mean {tokens['mean']}, largest {tokens['max']}",
        "",
    ]
    lines += [
        _row(f"{source} {task}", scores) for source, of in result["by_source"].items() for task, scores in of.items()
    ]
    lines += ["", "others, from their published formulas"]
    lines += [
        _row(f"{name} {task}", scores)
        for name, of in result["peers"].items()
        for task, scores in of.items()
        if scores["n"]
    ]
    for name, scores in result.get("leave_out_source", {}).items():
        lines += ["", "constants fitted without the source that is scored"] if name == "serving" else []
        lines.append(_row(name, scores))
    lines += ["", f"calibrated constants: {len(fields(Calibration))}; rows left out: {left_out}; all in percent"]
    return "\n".join(lines)


def _score(cases: Iterable[Case], constants: Calibration) -> Score:
    errors, safe_errors = [], []
    for case in cases:
        error = relative_error(case, constants)
        errors.append(error)
        safe_errors.append((1 + error) * (1 + case.estimate(constants).margin) - 1)
    return score(errors, safe_errors)


def _is_transformers(case: Case) -> bool:
    return case.row.get("framework", "").startswith("transformers")


def _row(name: str, scores: Score) -> str:
    names = ("mape", "median", "p90", "bias", "under5", "safe_under5")
    cells = [_cell(scores[key]) for key in names]
    return f"{name[:33]:34}{scores['n']:>5}" + "".join(f"{cell:>8}" for cell in cells[:-1]) + f"{cells[-1]:>12}"


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="evaluate_memory", description=__doc__)
    parser.add_argument("--measurements", type=Path, default=DATA / "measured_memory.csv", metavar="CSV")
    parser.add_argument("--architectures", type=Path, default=DATA / "architectures.csv", metavar="CSV")
    parser.add_argument("--json", action="store_true", help="one JSON document, in percent")
    parser.add_argument(
        "--leave-out-source", action="store_true", help="also fit the constants without each source, and score it"
    )
    parser.add_argument("--refit", action="store_true", help="print the constants that fit these measurements best")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
