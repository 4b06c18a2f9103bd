"""Where a fact about a stack or an engine stands: in the last range of its table that states it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from model_garden_registry.checks.matrix.cells import Column, Fact
from model_garden_registry.entries.tasks import Task
from model_garden_registry.families.engines import engine_package
from model_garden_registry.families.ranges import Package
from model_garden_registry.families.stacks import library_release, stack_package
from model_garden_registry.families.tables import table
from model_garden_registry.families.versions import known_release

#: The table of a task, which has its projects below a key of the same name.
_TABLES: Mapping[Task, str] = {"training": "stacks", "inference": "engines"}
_PACKAGES: Mapping[Task, Callable[[str], Package]] = {"training": stack_package, "inference": engine_package}
#: Facts without a release, by the table that has them: attention kernels, and options of engines.
_OF_NO_RELEASE = {"kernels": "stacks", "options": "engines"}
#: Null is a value.
_ABSENT: Any = object()


def columns() -> tuple[Column, ...]:
    """Return every training stack and every serving engine, at the newest release that was read."""
    found = []
    for task, package_of in _PACKAGES.items():
        for name in table(_TABLES[task])[_TABLES[task]]:
            package = package_of(name)
            found.append(Column(task, name, package.title, package.read))
    return tuple(found)


def fact_of(column: Column, name: str) -> Fact | None:
    """
    Return a fact about a stack or an engine; None where its table does not state it.

    Args:
        name: Its key in a range, or that key, a dot, and a key below it: ``formats.fp8/fp8``. ``kernels.NAME`` and
            ``options.NAME`` have no release, ``peft.NAME`` has that of the PEFT release that the stack uses.
    """
    key, _, below = name.partition(".")
    if key in _OF_NO_RELEASE:
        file = _OF_NO_RELEASE[key]
        return Fact(f"{file}.json", _pointer(key, below), name, table(file)[key][below], None, None)
    file = _TABLES[column.task]
    if key in table("stacks")["libraries"]:
        return _stated(name, below.split("."), (file, "libraries", key), version=library_release(column.name, key))
    return _stated(name, name.split(".", 1), (file, file, column.name), version=column.version)


def _stated(name: str, keys: Sequence[str], place: tuple[str, str, str], *, version: str) -> Fact | None:
    """Look a key, or one below it, up in the ranges of a project that hold for a release, newest first."""
    file, *project = place
    ranges = table(file)[project[0]][project[1]]["ranges"]
    for number in reversed(range(len(ranges))):
        stated: Any = ranges[number]
        since, read_in = stated["since"], stated.get("source")
        if known_release(since) > known_release(version):
            continue
        for key in keys:
            stated = stated.get(key, _ABSENT) if isinstance(stated, dict) else _ABSENT
        if stated is not _ABSENT:
            pointer = _pointer(*project, "ranges", str(number), *keys)
            return Fact(f"{file}.json", pointer, name, stated, since, read_in)
    return None


def _pointer(*keys: str) -> str:
    return "".join(f"/{key.replace('~', '~0').replace('/', '~1')}" for key in keys)
