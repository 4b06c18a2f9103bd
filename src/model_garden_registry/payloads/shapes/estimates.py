"""Estimates and sweeps."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from pydantic import Field

from model_garden_registry.entries.part import Number
from model_garden_registry.entries.tasks import Task
from model_garden_registry.findings import Verdict
from model_garden_registry.payloads.shapes.reports import (
    InferenceReport,
    MemoryDocument,
    ServingTool,
    SplitDocument,
    TrainingReport,
    TrainingTool,
)
from model_garden_registry.payloads.shapes.settings import InferenceSettingsDocument, TrainingSettingsDocument
from model_garden_registry.payloads.shapes.shape import Shape, absent


class MeasuredDocument(Shape):
    """A measurement that the entry states, and the estimate for the same run."""

    measured_gb: Number
    expected_gb: Number = absent("The estimate for its settings, of what was counted.")
    difference: Number = absent("Of the estimate from the measurement, as a share of that.")
    why_not: str = absent("Why it cannot be compared.")
    quantity: str | None = Field(description="What was counted.")
    gpu: str = absent("The GPUs.")
    version: str = absent("The release of stack or engine.")
    estimated_as: str = absent("The release that the estimate is for, if not that one.")
    conditions: str = absent("Conditions of the test.")
    settings: dict[str, Any] = Field(description="As the entry states them.")
    source: str
    as_of: str


class _Estimate(MemoryDocument):
    format: Literal["mgr.estimate/1"]
    id: str
    split: SplitDocument
    margin: Number = Field(description="The margin of `safe_gb` over `expected_gb`, as a share.")
    coarse: bool = Field(description="Whether the shape was guessed from the number of parameters.")
    assumptions: list[str]
    measured: list[MeasuredDocument] = absent("Measurements that the entry states, of this task.")
    room: dict[str, int | None] = absent(
        "With hardware: the largest value of each setting that fits; null: even the smallest does not."
    )
    fewest_gpus: int | None = absent(
        "With hardware: the fewest such GPUs over which the model fits; null: no number is enough."
    )


class TrainingEstimate(_Estimate, TrainingTool):
    """Memory for training one model."""

    settings: TrainingSettingsDocument
    report: TrainingReport = absent("With hardware: the verdict on it.")


class InferenceEstimate(_Estimate, ServingTool):
    """Memory for serving one model."""

    settings: InferenceSettingsDocument
    report: InferenceReport = absent("With hardware: the verdict on it.")


EstimateDocument: TypeAlias = TrainingEstimate | InferenceEstimate


class PointDocument(MemoryDocument):
    """The estimate for one value of a setting."""

    value: Any
    tool: str = Field(description="Training stack or serving engine, with the release that is assumed.")
    verdict: Verdict = absent("With hardware: the verdict on it.")


class SweepDocument(Shape):
    """One estimate for each value of a setting."""

    format: Literal["mgr.sweep/1"]
    id: str
    task: Task
    setting: str
    points: list[PointDocument]
