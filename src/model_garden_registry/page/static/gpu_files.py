"""What runs on every known GPU, as a file for each."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple, get_args

from pydantic_core import to_json

from model_garden_registry.entries.tasks import Task
from model_garden_registry.errors import RegistryWarning
from model_garden_registry.families.engines import engine_of
from model_garden_registry.hardware.gpu_table import KnownGpu, gpu_table
from model_garden_registry.hardware.known_gpus import known_gpu, known_rows
from model_garden_registry.memory.gpu_memory import GpuMemory
from model_garden_registry.orphans import end_with_parent
from model_garden_registry.page.static.compact_fits import compact_fits
from model_garden_registry.registry.model_registry import ModelRegistry

#: How many of a GPU there are.
COUNTS = (1, 2, 4, 8)
#: Machines that are judged together: each model is then looked up once for all of them.
_TOGETHER = 16
#: More processes than that wait for each other's memory.
_MOST_PROCESSES = 8


class Machine(NamedTuple):
    """
    A number of one GPU.

    Args:
        gpu: Its name in the table.

        there: How many there are.
    """

    gpu: str
    there: int

    @property
    def file(self) -> str:
        """The name of its file: ``rtx-4090-2.json``."""
        return f"{re.sub('[^a-z0-9]+', '-', self.gpu.lower()).strip('-')}-{self.there}.json"


def read_quietly(registry: Path) -> ModelRegistry:
    """Read a published registry; what is wrong with it has been told when it was published."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RegistryWarning)
        return ModelRegistry(registry)


def machines_of(names: Iterable[str] | None) -> list[Machine]:
    """
    Return what there are files for: GPUs by typed names, or all known ones, each in several numbers.

    A laptop has one GPU; so has a machine whose GPU uses the memory of the host.

    Raises:
        UnknownGpuError: No GPU has a name (with similar names), or a name has a count or a slice.
    """
    rows = gpu_table() if names is None else known_rows(names)
    return [
        Machine(row.name, count)
        for row in rows
        for count in (COUNTS[:1] if row.is_laptop or row.is_integrated else COUNTS)
    ]


def gpu_files(
    registry: Path, machines: Sequence[Machine], *, processes: int | None = None
) -> Iterator[list[tuple[str, bytes]]]:
    """
    Yield the files of some machines at a time, by name, then ``index.json``: which there are, and the models' order.

    Args:
        registry: The file of a registry that stands alone.

        machines: What to judge.

        processes: How many to use; None: as many as there are cores.
    """
    alike: dict[object, list[Machine]] = {}
    for machine in machines:
        alike.setdefault(_kind(machine), []).append(machine)
    groups = [*alike.values()]
    parts = [groups[start : start + _TOGETHER] for start in range(0, len(groups), _TOGETHER)]
    number = min(processes or os.cpu_count() or 1, len(parts), _MOST_PROCESSES)
    judge = partial(_judged, registry)
    if number > 1:
        with ProcessPoolExecutor(number, get_context("spawn"), initializer=end_with_parent) as pool:
            yield from pool.map(judge, parts)
    else:
        yield from map(judge, parts)
    yield [("index.json", _index(registry, machines))]


def _kind(machine: Machine) -> object:
    """Return all that judging reads of a machine, except for the name of its GPU in messages."""
    row = _row(machine.gpu)
    batch = engine_of("vllm").batch_on(row.total_bytes, gpu_name=row.name, capability=row.compute_capability)
    switched = GpuMemory(row.total_bytes, name=row.name, capability=row.compute_capability).may_be_switched
    return machine.there, row.total_bytes, row.compute_capability, row.is_integrated, batch, switched


@cache
def _row(name: str) -> KnownGpu:
    return next(row for row in gpu_table() if row.name == name)


def _judged(registry: Path, groups: Sequence[Sequence[Machine]]) -> list[tuple[str, bytes]]:
    """Return the files of machines; those of a group differ in names only, and the first one is judged."""
    read = read_quietly(registry)
    hardware = [known_gpu(first.gpu, count=first.there) for first, *_ in groups]
    by_task = {task: read.fit_each(task, hardware) for task in get_args(Task)}
    made = []
    for place, group in enumerate(groups):
        found = {task: compact_fits(each[place]) for task, each in by_task.items()}
        made += [(machine.file, to_json({**machine._asdict(), **found})) for machine in group]
    return made


def _index(registry: Path, machines: Sequence[Machine]) -> bytes:
    """Return the numbers of each GPU that there are files for, and the models of each task in the order of rank."""
    counts: dict[str, list[int]] = {}
    for machine in machines:
        counts.setdefault(machine.gpu, []).append(machine.there)
    any_hardware = known_gpu(gpu_table()[0].name)
    models = {
        task: [row.id for row in read_quietly(registry).fit(task, hardware=any_hardware).rows]
        for task in get_args(Task)
    }
    return to_json({"gpus": counts, **models})
