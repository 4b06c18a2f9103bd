"""Reading the tables of families, stacks and engines, as the first question of a process does."""

from __future__ import annotations

from statistics import median
from time import perf_counter

from model_garden_registry.checks.entry.tables import TABLES
from model_garden_registry.families.tables import table


def tables_milliseconds(rounds: int) -> float:
    """Return the median time of reading all three, in milliseconds."""
    times = []
    for _ in range(rounds):
        table.cache_clear()
        start = perf_counter()
        for name in TABLES:
            table(name)
        times.append(perf_counter() - start)
    return 1000 * median(times)
