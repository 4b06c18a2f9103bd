"""Whether stacks and engines are as new as a model requires: ``min_versions`` against the releases that were read."""

from __future__ import annotations

import re

from model_garden_registry.checks.matrix.cells import Answer, Cell, Column, Row
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.families.versions import known_release, release_of

#: The form that states a lowest release.
_LOWEST = re.compile(r">=\s*([^\s,]+)")


def release_row(entry: ModelInfo, columns: tuple[Column, ...]) -> Row | None:
    """
    Return the row of lowest releases for the columns of one task; None if the entry requires none.

    A column for which the entry states no lowest release is unknown.
    """
    cells = tuple(_cell(entry, column) for column in columns)
    if all(cell.answer is Answer.UNKNOWN for cell in cells):
        return None
    return Row(task=columns[0].task, group="features", name="release", settings={}, cells=cells)


def _cell(entry: ModelInfo, column: Column) -> Cell:
    asked = _LOWEST.match(entry.min_versions.get(column.name, ""))
    least = release_of(asked[1]) if asked else None
    if asked is None or least is None:
        return Cell(answer=Answer.UNKNOWN)
    if known_release(column.version) >= least:
        return Cell(answer=Answer.YES, remark=f"from {column.title} {asked[1]} on, as the entry says")
    return Cell(answer=Answer.NEEDS, needs=f"release {asked[1]}", remark=f"{column.named} was the newest that was read")
