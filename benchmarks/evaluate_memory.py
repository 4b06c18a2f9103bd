"""
Score the library's memory estimates, and public ones beside them, on published measurements.

``python -m benchmarks.evaluate_memory --measurements CSV --architectures CSV``; without files, those of ``data/``.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

if not __package__:  # run as a file
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.measured_case import CLASSES
from benchmarks.measured_rows import BrokenTableError, read_cases
from benchmarks.memory_parts import PARTS, Judged, class_scores, judge, part_scores, row_lines
from benchmarks.memory_peers import PEERS
from benchmarks.memory_scores import Score, leave_out, refit, score
from model_garden_registry.memory.constants import CALIBRATED, Calibration

DATA = Path(__file__).resolve().parent / "data"
_TASKS = ("serving", "training")


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
    judged = [judge(case, CALIBRATED) for case in cases if not case.is_further]
    result = evaluate(judged)
    if options.leave_out_source:
        result["leave_out_source"] = part_scores(
            [judge(case, fitted) for case, fitted in leave_out(cases, CALIBRATED, _say) if not case.is_further]
        )
    if options.rows:
        result["rows"] = row_lines(judged)
    print(json.dumps(result, indent=2) if options.json else as_text(result, len(left_out)))
    return 0


def evaluate(judged: Sequence[Judged]) -> dict[str, Any]:
    """Return all scores, in percent; a part and a class of the same name are one."""
    parts, classes = part_scores(judged), class_scores(judged)
    totals = [one for one in judged if one.case.is_total]
    return {
        **{name: parts.get(name, {}) | classes.get(name, {}) for name in (*parts, *classes)},
        "by_source": {
            source: {task: parts[task] for task in _TASKS if parts[task]["n"]}
            for source in dict.fromkeys(one.case.source for one in totals)
            if (parts := part_scores([one for one in totals if one.case.source == source]))
        },
        "peers": {
            name: {
                task: score(
                    [
                        value / one.case.measured - 1
                        for one in totals
                        if PARTS[task](one.case) and (value := peer(one.case)) is not None
                    ]
                )
                for task in _TASKS
            }
            for name, peer in PEERS.items()
        },
    }


def as_text(result: dict[str, Any], left_out: int) -> str:
    """Write the scores as a table."""
    lines = [f"{'':34}{'n':>5}{'MAPE':>8}{'median':>8}{'p90':>8}{'bias':>8}{'short':>8}{'safe short':>12}"]
    lines += [_row(name, result[name]) for name in PARTS if result[name]["n"] or name in _TASKS]
    tokens = result["kv_tokens"]
    lines += [
        "",
        f"KV cache tokens: n {tokens['n']}, median {tokens['median']}, mean {tokens['mean']}, largest {tokens['max']}",
        "",
        f"{'classes':34}{'n':>5}{'MAPE':>8}{'safe short':>12}{'safe / measured':>17}",
        *(_class_row(name, result[name]) for name in (*CLASSES, "overall") if result[name]["n"]),
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
    if unseen := result.get("leave_out_source"):
        lines += ["", "constants fitted without the source that is scored"]
        lines += [_row(name, unseen[name]) for name in PARTS if unseen[name]["n"]]
    if rows := result.get("rows"):
        lines += ["", f"{'row':34}{'quantity':>28}{'measured':>15}{'predicted':>15}{'error':>9}  not said"]
        lines += [_line(row) for row in rows]
    lines += ["", f"calibrated constants: {len(fields(Calibration))}; rows left out: {left_out}; all in percent"]
    return "\n".join(lines)


def _line(row: Mapping[str, Any]) -> str:
    sizes = f"{row['measured']:>15}{row['predicted']:>15}{row['error']:>8.1f}%"
    return f"{row['id'] or row['arch']:34}{row['quantity']:>28}{sizes}  {', '.join(row['unsaid'])}".rstrip()


def _class_row(name: str, scores: Score) -> str:
    cells = f"{_cell(scores['mape']):>8}{_cell(scores['safe_under5']):>12}{_cell(scores['safe_ratio']):>17}"
    return f"{name:34}{scores['n']:>5}{cells}"


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
    parser.add_argument("--rows", action="store_true", help="also every measurement, with the answer")
    parser.add_argument("--refit", action="store_true", help="print the constants that fit these measurements best")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
