"""The estimate alone: how long 20,000 of them take, in one process."""

from __future__ import annotations

import statistics
import time

from model_garden_registry import load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.entries.tasks import Task
from model_garden_registry.memory.estimation import estimate

_ESTIMATES = 20_000


def estimate_seconds(task: Task, rounds: int) -> float:
    """Return the CPU seconds of 20,000 estimates of a task, over all models of the shipped registry that support it."""
    registry = load_registry(bundled_registry())
    asked = [(entry, registry.settings(key, task)) for key, entry in registry.items() if entry.supports(task)]

    def run() -> float:
        start = time.process_time()
        for number in range(_ESTIMATES):
            estimate(*asked[number % len(asked)])
        return time.process_time() - start

    return statistics.median(run() for _ in range(rounds))
