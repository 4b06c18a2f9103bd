"""Verdicts: about a model and a task, or about a file."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from pydantic import Field, RootModel

from model_garden_registry.entries.part import Number
from model_garden_registry.entries.tasks import InferenceEngine, TrainingStack
from model_garden_registry.findings import Severity, Verdict
from model_garden_registry.payloads.shapes.errors import ErrorDocument
from model_garden_registry.payloads.shapes.hardware import MachineDocument
from model_garden_registry.payloads.shapes.settings import InferenceSettingsDocument, TrainingSettingsDocument
from model_garden_registry.payloads.shapes.shape import Shape, absent


class FindingDocument(Shape):
    """One result of a check."""

    code: str = Field(description="The rule; docs/findings.md lists all.")
    severity: Severity
    where: str = Field(description='The subject within the report, such as "gpu 0"; often empty.')
    message: str = Field(description="One sentence for people.")
    have: Number | None = Field(description="What is there, in `unit`.")
    need: Number | None = Field(description="What is needed, in `unit`.")
    unit: str | None


class PlacedFindingDocument(FindingDocument):
    """One result of a check of a file, with its position."""

    file: str = Field(description="The file, as it was named.")
    line: int | None = Field(description="1-based line; null for the whole file.")
    column: int | None = Field(description="1-based column, in characters.")
    pointer: str = Field(description="JSON pointer from the root of the file.")


class CacheDocument(Shape):
    """What fits into the cache of a serving engine on each GPU, as its start-up log prints it."""

    pool_gb: Number = Field(description="Memory of the cache.")
    tokens: int = Field(description="Tokens that fit.")
    concurrency: Number = Field(description="Sequences at full length.")
    blocks: int | None = Field(description="Blocks that it is divided into; null: none.")
    most_sequences: int | None = Field(description="Sequences whose states fit at once; null: no states.")


class MemoryDocument(Shape):
    """An estimate of the memory per GPU, in decimal GB."""

    expected_gb: Number = Field(description="The likely peak.")
    safe_gb: Number = Field(description="What a GPU should have.")
    per_gpu: Literal[True]
    parts_gb: dict[str, Number]
    error_band: Number = Field(description="How far off the estimate may be, as a share.")
    not_modelled: list[str] = Field(description="Settings that the numbers do not follow, with what is not counted.")
    cache: CacheDocument | None = Field(description="The cache; null if no GPU is known, or there is no such cache.")


class SplitDocument(Shape):
    """Over how many GPUs one model is divided."""

    gpus: int
    how: str = Field(description="What is divided; `none` if each GPU has everything.")
    chosen: bool = Field(description="Whether it was chosen for the hardware; false if the settings say so.")
    nodes: int = absent("Machines with an equal share of these GPUs; absent: one machine.")


class LoadDocument(Shape):
    """The assumed load of serving."""

    context_tokens: int = Field(description="Prompt and answer together.")
    sequences: int = Field(description="Concurrent sequences of that length.")


class RemedyDocument(Shape):
    """Changes of settings that would change the verdict."""

    changes: dict[str, Any] = Field(description="Settings by name; `model`: an entry to use instead.")
    safe_gb: Number
    verdict: Verdict
    needs: str = absent("A package that must be installed for it.")


class TrainedWith(Shape):
    """What a model is trained with; null without settings."""

    method: Literal["full", "lora", "qlora"] | None = Field(description="What is trained.")
    stack: TrainingStack | None = Field(description="Training stack.")
    stack_version: str | None = Field(description="Its release that is assumed.")


class ServedWith(Shape):
    """What a model is served with; null without settings."""

    engine: InferenceEngine | None = Field(description="Serving engine.")
    engine_version: str | None = Field(description="Its release that is assumed.")
    assumed: LoadDocument | None


class TrainingTool(TrainedWith):
    """What a model is trained with, and the task."""

    task: Literal["training"]


class ServingTool(ServedWith):
    """What a model is served with, and the task."""

    task: Literal["inference"]


class _Verdict(Shape):
    format: Literal["mgr.report/1"]
    subject: str = Field(description="Id of the model, or the file.")
    verdict: Verdict
    is_valid: bool = Field(description="Whether the verdict is ok, warning or not-checked.")
    error_message: str | None = Field(description="The first failure in one sentence.")


class FileReport(_Verdict):
    """What was found in a file."""

    findings: list[PlacedFindingDocument]


class _Judged(_Verdict):
    split: SplitDocument | None
    memory: MemoryDocument | None
    hardware: MachineDocument
    remedies: list[RemedyDocument]


class _TaskReport(_Judged):
    asked: str = absent("The model as the user wrote it, if not its id.")
    pool: str = absent("The pool of the cluster, whose best kind of node is the `hardware`; missing on a machine.")
    findings: list[FindingDocument]


class TrainingReport(_TaskReport, TrainingTool):
    """The whole answer about training one model."""

    settings: TrainingSettingsDocument | None = Field(description="The settings that were judged.")


class InferenceReport(_TaskReport, ServingTool):
    """The whole answer about serving one model."""

    settings: InferenceSettingsDocument | None = Field(description="The settings that were judged.")


class TrainingFileReport(_Judged, TrainingTool):
    """The verdict on training by a file; findings have its lines."""

    findings: list[PlacedFindingDocument]
    settings: TrainingSettingsDocument | None = Field(description="The settings that were judged.")


class InferenceFileReport(_Judged, ServingTool):
    """The verdict on serving by a file; findings have its lines."""

    findings: list[PlacedFindingDocument]
    settings: InferenceSettingsDocument | None = Field(description="The settings that were judged.")


class ReportDocument(RootModel[TrainingReport | InferenceReport]):
    """The whole answer about one model and one task."""


AnyReport: TypeAlias = FileReport | TrainingReport | InferenceReport


class ReportsDocument(Shape):
    """The outcomes for several subjects; one without an answer counts as unknown."""

    format: Literal["mgr.reports/1"]
    verdict: Verdict = Field(description="The worst of them.")
    reports: list[AnyReport | ErrorDocument]
