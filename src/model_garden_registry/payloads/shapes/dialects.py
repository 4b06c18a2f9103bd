"""Other tools' files, written and read."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from model_garden_registry.dialects.exporting import Form
from model_garden_registry.entries.tasks import Task
from model_garden_registry.findings import Verdict
from model_garden_registry.near_names import How
from model_garden_registry.payloads.shapes.errors import ErrorDocument
from model_garden_registry.payloads.shapes.reports import InferenceFileReport, RemedyDocument, TrainingFileReport
from model_garden_registry.payloads.shapes.settings import OriginDocument
from model_garden_registry.payloads.shapes.shape import Shape


class TargetDocument(Shape):
    """An export target."""

    name: str = Field(description="As `mgr export` takes it.")
    title: str = Field(description="The tool, with the release whose keys are used.")
    tasks: list[Task]
    forms: list[Form] = Field(description="How its files are written, the usual one first.")
    checked: bool = Field(description="Whether `mgr check` reads its files.")


class TargetsDocument(Shape):
    """All export targets."""

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
    notes: list[str] = Field(description="What the file cannot state and its reader should know.")


class NamedModelDocument(Shape):
    """The model of a file."""

    written: str | None = Field(description="As the file names it; null: it names none.")
    id: str | None = Field(description="The entry that is meant; null: there is none.")
    how: How | None = Field(description="How it was found.")


class _ConfigDocument(Shape):
    file: str = Field(description="As it was named.")
    line: int | None = Field(description="1-based line where a command begins; null: the file is one mapping.")
    tool: str = Field(description="The tool of the file.")
    version: str = Field(description="The release whose keys are used.")
    task: Task
    model: NamedModelDocument


class KeyDocument(Shape):
    """A key of a file."""

    key: str = Field(description="As in the file; dotted below a group.")
    value: Any = Field(description="Its value; for a variable, its text.")
    line: int | None
    column: int | None = Field(description="1-based, in characters.")


class UnderstoodKeyDocument(KeyDocument):
    """A key that became settings."""

    settings: list[str] = Field(description="By dotted path.")


class RemarkedKeyDocument(KeyDocument):
    """A key that became no setting."""

    reason: str = Field(description="Why, or what may be meant; may be empty.")


class KeysDocument(Shape):
    """Every key of a file, by how it was read."""

    understood: list[UnderstoodKeyDocument]
    without_influence: list[RemarkedKeyDocument] = Field(
        description="They change neither memory nor the result of the run."
    )
    not_followed: list[RemarkedKeyDocument] = Field(description="They can change memory, and no setting follows them.")
    unknown: list[RemarkedKeyDocument] = Field(description="The tool does not have them.")


class CheckedConfigDocument(_ConfigDocument):
    """The contents of a file, or of a command in one, and the verdict on it."""

    gpu: str | None = Field(description="The GPU that it was judged on, if there are several; else null.")
    report: TrainingFileReport | InferenceFileReport
    remedies: list[RemedyDocument] = Field(description="Those of the report, in keys of the file.")
    keys: KeysDocument


class CheckDocument(Shape):
    """Verdicts on other tools' files."""

    format: Literal["mgr.check/1"]
    verdict: Verdict = Field(description="The worst of them; a file without an answer counts as unknown.")
    configs: list[CheckedConfigDocument | ErrorDocument]


class DifferenceDocument(Shape):
    """A setting with another value than the registry's."""

    setting: str = Field(description="By dotted path.")
    value: Any = Field(description="The file's value, or the tool's default.")
    default: Any = Field(description="The registry's value.")
    origin: OriginDocument = Field(description="Where the registry's value comes from.")
    key: str | None = Field(description="The key of the file; null: it is the tool's default.")
    line: int | None
    column: int | None


class DriftedConfigDocument(_ConfigDocument):
    """Where a file, or a command in one, differs from the registry."""

    differences: list[DifferenceDocument]


class DriftDocument(Shape):
    """Where another tool's file differs from the registry's defaults for its model."""

    format: Literal["mgr.drift/1"]
    differs: bool = Field(description="Whether there is any difference.")
    configs: list[DriftedConfigDocument]
