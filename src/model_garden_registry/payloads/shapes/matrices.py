"""What training stacks and serving engines support."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from model_garden_registry.checks.matrix.cells import Group
from model_garden_registry.entries.tasks import Task
from model_garden_registry.payloads.shapes.shape import Shape


class ColumnDocument(Shape):
    """A training stack or a serving engine."""

    task: Task
    name: str = Field(description="As the settings `stack` and `engine` have it.")
    title: str = Field(description="Its name for people.")
    version: str = Field(description="The newest release that was read.")


class FactDocument(Shape):
    """A fact about a stack or an engine, as a table states it."""

    file: str = Field(description="The table below `storage/`.")
    pointer: str = Field(description="JSON pointer into it.")
    name: str = Field(description="The key that states it.")
    value: Any = Field(description="What it states.")
    since: str | None = Field(description="First release with this value; null: of no release.")
    read_in: str | None = Field(description="Where in that project's sources it was read.")


class CellDocument(Shape):
    """One answer."""

    column: str = Field(description="Name of the column.")
    answer: Literal["yes", "no", "needs", "unknown"] = Field(description="unknown: no table has the fact.")
    needs: str | None = Field(description="What it needs: `compute capability 8.0`.")
    remark: str | None = Field(description="Why not, or another finding of the verdict.")
    facts: list[FactDocument] = Field(description="Where it comes from; none: only the rules of settings decide.")


class MatrixRowDocument(Shape):
    """One question, and the answers to it."""

    task: Task
    group: Group
    name: str
    settings: dict[str, Any] = Field(description="The settings that ask it, beside the defaults.")
    cells: list[CellDocument] = Field(description="One for each column of the task, in the same order.")


class MatrixDocument(Shape):
    """What training stacks and serving engines support."""

    format: Literal["mgr.matrix/1"]
    model: str | None = Field(description="The model; null: any.")
    columns: list[ColumnDocument]
    rows: list[MatrixRowDocument]
