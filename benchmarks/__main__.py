"""Print every ratio as a table; exit 1 where a goal is missed."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import get_args

from benchmarks.estimate_step import estimate_seconds
from benchmarks.goals import Race, races
from benchmarks.http_race import http_ratios
from benchmarks.measure import run_in_turn
from benchmarks.schema_step import schema_step_ratio
from benchmarks.tables_step import tables_milliseconds
from model_garden_registry.entries.tasks import Task


def main() -> int:
    """Run the races."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="how often each command runs, in turn with the others")
    parser.add_argument("--small", action="store_true", help="leave out what takes minutes: 10,000 entries and more")
    parser.add_argument("--only", nargs="*", metavar="RACE", help="these races, by name")
    options = parser.parse_args()
    missed = 0
    with tempfile.TemporaryDirectory() as directory:
        for name, make in races(Path(directory), large=not options.small).items():
            if not options.only or name in options.only:
                missed += _print_race(name, make(), options.rounds, directory)
        if not options.only or "schema-step" in options.only:
            print("\nschema-step: the schema step alone, in process, 1,000 entries")
            missed += _print_ratio("G4", "SchemaChecker / jsonschema", schema_step_ratio(Path(directory), 5), 0.1)
        if not options.only or "estimate-step" in options.only:
            print("\nestimate-step: 20,000 estimates in process, over all shipped models")
            for task in get_args(Task):
                what = f"CPU seconds of 20,000 estimates for {task}"
                missed += _print_ratio("G10", what, estimate_seconds(task, 5), 1.0)
        if not options.only or "tables-step" in options.only:
            print("\ntables-step: families, stacks and engines, read once in a process")
            missed += _print_ratio("", "milliseconds", tables_milliseconds(100), 3.0)
        if not options.only or "http" in options.only:
            print("\nhttp: CPU time of the server for each request, keep-alive connections")
            for what, value, limit in http_ratios(Path(directory), options.rounds):
                missed += _print_ratio("G7", what, value, limit)
    print(f"\ngoals missed: {missed}")
    return 1 if missed else 0


def _print_race(name: str, race: Race, rounds: int, directory: str) -> int:
    costs = run_in_turn(race.commands, rounds, directory)
    print(f"\n{name}: {race.title} (medians of {rounds} pairwise ratios)")
    missed = 0
    for comparison in race.comparisons:
        ours = f"({comparison.ours} - {comparison.beyond})" if comparison.beyond else comparison.ours
        what = f"{ours} / {comparison.base}" + (" (peak memory)" if comparison.memory else "")
        missed += _print_ratio(comparison.goal, what, comparison.measured(costs), comparison.limit)
    return missed


def _print_ratio(goal: str, what: str, value: float, limit: float | None) -> bool:
    """Print one line; say whether a goal is missed."""
    is_missed = limit is not None and value > limit
    verdict = "" if limit is None else f"≤ {limit:.2f} {'MISSED' if is_missed else 'ok'}"
    print(f"  {goal:3} {what:70} {value:7.2f} {verdict}", flush=True)
    return is_missed


if __name__ == "__main__":
    raise SystemExit(main())
