"""Print every ratio as a table; exit 1 if three runs in a row miss a goal by more than a tenth."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import get_args

from benchmarks.estimate_step import estimate_seconds
from benchmarks.goals import Race, races
from benchmarks.http_race import http_lines
from benchmarks.lines import Line, missed
from benchmarks.measure import run_in_turn
from benchmarks.registries import write_registry
from benchmarks.schema_step import schema_step_ratio
from benchmarks.tables_step import tables_milliseconds
from benchmarks.verdict_steps import growth_lines, list_lines, sweep_lines, verdict_lines
from model_garden_registry import load_registry
from model_garden_registry.entries.tasks import Task

Measure = Callable[[], Iterable[Line]]


def main() -> int:
    """Run the races."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="how often each command runs, in turn with the others")
    parser.add_argument("--small", action="store_true", help="leave out what takes minutes: 10,000 entries and more")
    parser.add_argument("--only", nargs="*", metavar="RACE", help="these races, by name")
    options = parser.parse_args()
    lost: list[Line] = []
    with tempfile.TemporaryDirectory() as directory:
        for name, measure in _measures(Path(directory), options.rounds, large=not options.small).items():
            if not options.only or name in options.only:
                lost += missed(name, measure)
    print(f"\ngoals missed: {len(lost)}")
    for line in lost:
        print(line)
    return 1 if lost else 0


def _measures(directory: Path, rounds: int, *, large: bool) -> dict[str, Measure]:
    """Return all measurements, by name."""
    whole: dict[str, Measure] = {
        name: lambda make=make: _raced(make(), rounds, directory)  # type: ignore[misc]  # a value for each
        for name, make in races(directory, large=large).items()
    }
    steps: dict[str, Measure] = {
        "schema-step": lambda: [
            Line("G4", "SchemaChecker / jsonschema, in process, 1,000 entries", schema_step_ratio(directory, 5), 0.1)
        ],
        "estimate-step": lambda: [
            Line("G10", f"CPU seconds of 20,000 estimates for {task}", estimate_seconds(task, 5), 1.0)
            for task in get_args(Task)
        ],
        "verdict-step": lambda: verdict_lines(5),
        "list-step": lambda: _lists(directory, rounds),
        "tables-step": lambda: [
            Line("", "milliseconds of reading families, stacks and engines", tables_milliseconds(100), 3.0)
        ],
        "http": lambda: http_lines(directory, rounds),
    }
    return {**whole, **steps, **({"every-gpu": sweep_lines} if large else {})}


def _raced(race: Race, rounds: int, directory: Path) -> Iterator[Line]:
    costs = run_in_turn(race.commands, rounds, str(directory))
    print(f"{race.title} (medians of {rounds} pairwise ratios)")
    return (comparison.line(costs) for comparison in race.comparisons)


def _lists(directory: Path, rounds: int) -> Iterator[Line]:
    few, many = (write_registry(directory / f"{count}.json", count) for count in (1_000, 10_000))
    yield from list_lines(load_registry(many), rounds)
    yield from growth_lines(lambda: load_registry(few), lambda: load_registry(many), 10)


if __name__ == "__main__":
    raise SystemExit(main())
