"""Derived requirements: `requirements` whose source is the entry's own shape, computed again."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from math import ceil
from operator import attrgetter, getitem
from pathlib import Path
from typing import Any, NamedTuple, get_args

from model_garden_registry.entries.format_version import is_overlay
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.requirements import TaskRequirements
from model_garden_registry.entries.settings.merging import merge
from model_garden_registry.entries.tasks import Task
from model_garden_registry.errors import InvalidEntryError
from model_garden_registry.files.documents import Document
from model_garden_registry.files.layering import load_registry_file
from model_garden_registry.files.loading import RegistryFile
from model_garden_registry.files.positions import pointer_text
from model_garden_registry.memory.fitting.gpu_sizes import RequiredMemory, required_memory
from model_garden_registry.memory.network.shape import states_shape
from model_garden_registry.units import short_number

_FIELDS = RequiredMemory._fields

#: Segments of a location below an entry.
Where = tuple[str, ...]


class Derived(NamedTuple):
    """
    The requirements that follow from the shape of an entry, by location below it.

    Args:
        numbers: The value for each location.

        blocked: Values that cannot be written, each with the reason, as half a sentence.
    """

    numbers: Mapping[Where, int]
    blocked: Mapping[Where, tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Correction:
    """
    A derived number that should change.

    Args:
        where: Location in the file.

        old: The value in the file.

        new: The value that follows from the shape.

        obstacle: Why it cannot be written, as half a sentence; else empty.
    """

    where: tuple[str, ...]
    old: float
    new: int
    obstacle: str = ""


def corrections(document: Document, path: Path) -> Iterator[Correction]:
    """
    Yield every derived number of a valid document that should change; invalid entries are skipped.

    Of an overlay, only numbers that it states itself.
    """
    file = load_registry_file(path) if is_overlay(document) else RegistryFile(document, path)
    for key, stated in document.get("models", {}).items():
        if stated is None:
            continue
        try:
            entry = file.parse_entry(key)
        except InvalidEntryError:
            continue
        derived = derive(entry)
        wanted = {where: (number, "") for where, number in derived.numbers.items()} | {**derived.blocked}
        for where, (new, obstacle) in wanted.items():
            old = _at(stated, where)
            if old is not None and old != new:
                yield Correction(("models", key, *where), old, new, obstacle)


def _at(stated: Any, where: Where) -> Any:
    """Return the value at a location; None if an overlay does not state it."""
    try:
        return reduce(getitem, where, stated)
    except (KeyError, TypeError):
        return None


def derive(entry: ModelInfo) -> Derived:
    """
    Compute the memory numbers that an entry calls derived, by location below the entry.

    Those of a task are what its own settings require; the top level has the larger of the tasks. None where the shape
    is not known, or where no GPU is needed. A number that would contradict one that is not derived is not changed: a
    valid entry stays valid.
    """
    if not states_shape(entry) or entry.requirements.min_vram_gb == 0:
        return Derived({}, {})
    tasks: tuple[Task, ...] = tuple(task for task in get_args(Task) if entry.supports(task))
    required = {task: required_memory(entry, merge(entry, task)) for task in tasks}
    blocked: dict[Where, tuple[int, str]] = {}
    while True:
        numbers = {
            where: number
            for field in _FIELDS
            for where, number in _column(entry, field, _of_tasks(required, field), blocked)
        }
        clash = next(_clashes(entry, numbers), None)
        if clash is None:
            return Derived(numbers, blocked)
        blocked |= {where: (numbers[where], obstacle) for where, obstacle in clash.items()}


def _of_tasks(required: Mapping[Task, RequiredMemory], field: str) -> Mapping[Task, int]:
    return {task: getattr(memory, field) for task, memory in required.items()}


def _clashes(entry: ModelInfo, numbers: Mapping[Where, int]) -> Iterator[dict[Where, str]]:
    """Yield, for derived numbers, the other number of the entry that they would contradict."""
    for lower, upper in _ordered(entry):
        small, large = (numbers.get(where, attrgetter(".".join(where))(entry)) for where in (lower, upper))
        sides = {
            lower: f"would be above {'.'.join(upper)} {short_number(large)}",
            upper: f"would be below {'.'.join(lower)} {short_number(small)}",
        }
        derived = {where: obstacle for where, obstacle in sides.items() if where in numbers}
        if small > large and derived:
            yield derived


def _ordered(entry: ModelInfo) -> Iterator[tuple[Where, Where]]:
    """Yield pairs of places of which the second may not be less than the first, tasks before the top level."""
    top = entry.requirements
    blocks = {task: getattr(top, task) for task in get_args(Task) if getattr(top, task)}
    for task in blocks:
        yield ("requirements", task, "min_vram_gb"), ("requirements", task, "recommended_vram_gb")
    for task, block in blocks.items():
        if block.min_gpus <= top.min_gpus:
            yield from ((("requirements", task, field), ("requirements", field)) for field in _FIELDS)
    yield ("requirements", "min_vram_gb"), ("requirements", "recommended_vram_gb")


def _column(
    entry: ModelInfo, field: str, by_task: Mapping[Task, int], blocked: Container[Where]
) -> Iterator[tuple[Where, int]]:
    """Yield one field of every derived block; the top level is the larger of the tasks' new values."""
    standing: list[float] = []
    for task, number in by_task.items():
        block: TaskRequirements | None = getattr(entry.requirements, task)
        where: Where = ("requirements", task, field)
        is_derived = block is None or (where not in blocked and _is_derived(entry, where))
        if block is not None and is_derived:
            yield where, number
        if block is None or block.min_gpus <= entry.requirements.min_gpus:
            standing.append(number if is_derived else getattr(block, field))
    where = ("requirements", field)
    if standing and where not in blocked and _is_derived(entry, where):
        yield where, ceil(max(standing))


def _is_derived(entry: ModelInfo, where: Sequence[str]) -> bool:
    """Return whether the nearest source of a value, its own or an enclosing object's, calls it derived."""
    around = (pointer_text(where[:length]) for length in range(len(where), 0, -1))
    nearest = next((entry.sources[pointer] for pointer in around if pointer in entry.sources), None)
    return nearest is not None and nearest.kind == "derived"
