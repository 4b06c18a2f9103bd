"""Other tools' files, written and read."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from model_garden_registry.dialects.exporting import Form
from model_garden_registry.entries.tasks import Task
from model_garden_registry.payloads.shapes.shape import Shape


class TargetDocument(Shape):
    """What a model can be exported for."""

    name: str = Field(description="As `mgr export` takes it.")
    title: str = Field(description="The tool, with the release whose words are taken.")
    tasks: list[Task]
    forms: list[Form] = Field(description="How its files are written, the usual one first.")
    checked: bool = Field(description="Whether `mgr check` reads its files.")


class TargetsDocument(Shape):
    """Everything that a model can be exported for."""

    format: Literal["mgr.targets/1"]
    targets: list[TargetDocument]


class ExportDocument(Shape):
    """A model, written for another tool."""

    format: Literal["mgr.export/1"]
    target: str
    id: str = Field(description="Id of the model.")
    task: Task
    form: Form
    text: str = Field(description="The whole file, or the command.")
    notes: list[str] = Field(description="What the file does not say and its reader should know.")
