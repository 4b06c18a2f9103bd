"""Placement on many nodes and on four times as many: CPU in one process, and peak memory."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from time import process_time

from benchmarks.lines import Line, missed
from benchmarks.measure import ratio, run_in_turn
from model_garden_registry import ModelRegistry, known_gpu, load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.entries.tasks import Task
from model_garden_registry.hardware.inventory.inventories import Inventory, InventoryNode
from model_garden_registry.hardware.visible_devices import visible_devices

#: Nodes, and four times as many.
_FEW, _MANY = 2_500, 10_000
_MODELS = 50
#: Of so many models one is placed, so that the fifty are of many families.
_STEP = 7
#: Pools of the cluster.
_GPUS = (
    *("8x H100 SXM", "8x A100 80GB SXM", "4x A10", "L4", "8x H200", "2x L40S", "4x T4", "8x B200"),
    "H100 SXM 1g.10gb:7",
)
#: GPUs that are asked for, for each node: all fit, or not all.
_LOADS = {"all fit": 3.0, "not all fit": 8.0}


def cluster(nodes: int) -> Inventory:
    """Return an inventory with an entry for each node, of nine kinds, of which some GPUs are in use."""
    found = []
    for number in range(nodes):
        gpus = _GPUS[number % len(_GPUS)]
        hardware = known_gpu(gpus)
        there = len(hardware.gpus[0].slices) or len(visible_devices(hardware).devices)
        free = (None, there, max(there - 1, 0), there // 2)[number // len(_GPUS) % 4]
        found.append(
            InventoryNode(name=f"node{number:05}", count=1, pool=gpus, hardware=hardware, exact=False, free_gpus=free)
        )
    return Inventory(source="benchmark", as_of=None, nodes=tuple(found))


def models(registry: ModelRegistry, task: Task) -> list[str]:
    """Return fifty models of many families."""
    able = (key for key, entry in registry.items() if entry.supports(task) and entry.status == "stable")
    return list(islice(able, 0, _STEP * _MODELS, _STEP))


def placement_lines(rounds: int) -> Iterator[Line]:
    """Compare ten thousand nodes with a quarter of them: CPU of the placement alone, and peak memory of a process."""
    registry = load_registry(bundled_registry())
    few, many = cluster(_FEW), cluster(_MANY)
    for task in ("inference", "training"):
        ids = models(registry, task)
        for load, each in _LOADS.items():
            registry.place(task, ids, few)  # a warm-up
            costs: dict[int, list[float]] = {_FEW: [], _MANY: []}
            for _ in range(rounds):
                for nodes, there in ((_FEW, few), (_MANY, many)):
                    start = process_time()
                    registry.place(task, ids, there, replicas=int(nodes * each) // _MODELS)
                    costs[nodes].append(process_time() - start)
            what = f"{_MODELS} models ({task}, {load}): {_MANY:,} nodes / {_FEW:,}"
            yield Line("P1", what, ratio(costs[_MANY], costs[_FEW]), 5.0)
    commands = {str(nodes): [sys.executable, "-m", "benchmarks.placement_steps", str(nodes)] for nodes in (_FEW, _MANY)}
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("PYTHONPATH", str(Path.cwd()))
        found = run_in_turn(commands, 1, folder)
    peaks = {nodes: each[0].peak_bytes for nodes, each in found.items()}
    yield Line("P2", f"peak memory: {_MANY:,} nodes / {_FEW:,}", peaks[str(_MANY)] / peaks[str(_FEW)], 5.0)


def main() -> int:
    """Measure, or place once on so many nodes, for a measurement of its memory."""
    if len(sys.argv) > 1:
        registry = load_registry(bundled_registry())
        registry.place("inference", models(registry, "inference"), cluster(int(sys.argv[1])), replicas=3)
        return 0
    return 1 if missed("Placement on many nodes", lambda: placement_lines(5)) else 0


if __name__ == "__main__":
    sys.exit(main())
