"""Verdicts in one process: compared with the estimates in them, and over many GPUs."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from time import process_time
from typing import get_args

from benchmarks.lines import Line
from benchmarks.measure import ratio
from model_garden_registry import ModelRegistry, load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.catalogue.filtering import Filter
from model_garden_registry.checks.hardware.machine import machine_of
from model_garden_registry.entries.tasks import Task
from model_garden_registry.findings import Verdict
from model_garden_registry.hardware.gpu_table import gpu_table
from model_garden_registry.hardware.known_gpus import known_gpu
from model_garden_registry.memory.estimation import estimate

#: A GPU on which most models are ok, so that no remedies are looked for.
_LARGE = "B300"
_TIMES = 3
#: Known GPUs when the goal about all of them was set.
_GPUS_OF_THE_GOAL = 87


def verdict_lines(rounds: int) -> Iterator[Line]:
    """Compare a verdict with the estimate in it, and one over a thousand GPUs with one over one (G11)."""
    registry = load_registry(bundled_registry())
    machine = machine_of(known_gpu(_LARGE))
    total = machine.largest_bytes
    ids = [key for key, entry in registry.items() if entry.supports("training") and entry.status != "deprecated"]
    passing = [key for key in ids if registry.validate(key, "training", hardware=machine).verdict is Verdict.OK]
    settings = {key: registry.settings(key, "training") for key in passing}
    few, many = (machine_of(known_gpu("L4", count=count)) for count in (1, 1024))
    # On so many GPUs further splits are tried of what is not ok on one: that is another question.
    small = [key for key in ids if registry.validate(key, "inference", hardware=few).verdict is Verdict.OK]
    costs = _in_turn(
        {
            "verdict": lambda: [registry.validate(key, "training", hardware=machine) for key in passing],
            "estimate": lambda: [estimate(registry[key], settings[key], gpu_total_bytes=total) for key in passing],
            "L4": lambda: [registry.validate(key, "inference", hardware=few) for key in small],
            "L4:1024": lambda: [registry.validate(key, "inference", hardware=many) for key in small],
        },
        rounds,
    )
    yield Line(
        "G11",
        f"a verdict on training that is ok / its estimate, {_LARGE}",
        ratio(costs["verdict"], costs["estimate"]),
        3.0,
    )
    yield Line("G11", "a verdict on serving that is ok on one, L4:1024 / L4", ratio(costs["L4:1024"], costs["L4"]), 1.1)


def list_lines(registry: ModelRegistry, rounds: int) -> Iterator[Line]:
    """Compare the documented lists with their rows, once entries have been validated (G16)."""
    registry.get_model_list_for_ui()
    costs = _in_turn(
        {
            "rows": registry.rows,
            "list": registry.get_model_list_for_ui,
            "filter": lambda: registry.filter(status="stable"),
        },
        rounds,
    )
    yield Line("G16", "get_model_list_for_ui / rows", ratio(costs["list"], costs["rows"]), 2.0)
    yield Line("G16", "filter / rows", ratio(costs["filter"], costs["rows"]), 2.0)


def growth_lines(small: Callable[[], ModelRegistry], large: Callable[[], ModelRegistry], times: int) -> Iterator[Line]:
    """Compare the first list of a registry with that of one so many times as large (G16)."""
    costs: dict[str, list[float]] = {"small": [], "large": []}
    for _ in range(_TIMES):
        for name, load in (("small", small), ("large", large)):
            registry = load()
            costs[name].append(_cpu(registry.get_model_list_for_ui))
    yield Line(
        "G16",
        f"the first list, {times} times the entries / {times} lists",
        ratio(costs["large"], costs["small"]) / times,
        1.25,
    )


def sweep_lines() -> Iterator[Line]:
    """
    Compare every model on every known GPU, both tasks, with loading and listing the registry (G18).

    The goal was set for 87 known GPUs; it grows with them.
    """
    gpus = [known_gpu(row.name) for row in gpu_table()]
    loading = statistics.median(_cpu(lambda: load_registry(bundled_registry()).rows()) for _ in range(_TIMES))
    registry = load_registry(bundled_registry())

    def sweep() -> None:
        for task in get_args(Task):
            ids = [row.id for row in registry.rows(Filter(task=task))]
            for fits in registry.fit_each(task, gpus, ids=ids):
                Counter(fits.verdicts)

    yield Line(
        "G18",
        f"every model on every known GPU ({len(gpus)}) / loading and listing",
        _cpu(sweep) / loading,
        15.0 * len(gpus) / _GPUS_OF_THE_GOAL,
    )


def _in_turn(work: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    costs: dict[str, list[float]] = {name: [] for name in work}
    for number in range(rounds + 1):
        for name, call in work.items():
            cost = _cpu(call)
            if number:
                costs[name].append(cost)
    return costs


def _cpu(work: Callable[[], object]) -> float:
    start = process_time()
    work()
    return process_time() - start
