"""Merged settings: every one of a task, with groups nested."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from model_garden_registry.entries.defaults import SelectiveLoss
from model_garden_registry.entries.settings.task_settings import InferenceSettings, OriginKind, TrainingSettings
from model_garden_registry.entries.tasks import Task
from model_garden_registry.payloads.shapes.shape import Shape, absent


class TrainingSettingsDocument(TrainingSettings):
    """All settings that decide the memory of a training run."""

    origins: SkipJsonSchema[None] = Field(None, exclude=True)  # type: ignore[assignment]  # they stand beside, if at all
    selective_loss: SelectiveLoss = absent("Selective loss; only for vision models.")


class InferenceSettingsDocument(InferenceSettings):
    """All settings that decide the memory of serving."""

    origins: SkipJsonSchema[None] = Field(None, exclude=True)  # type: ignore[assignment]  # they stand beside, if at all


class OriginDocument(Shape):
    """Where a value comes from."""

    kind: OriginKind
    detail: str = Field(description="The pointer below the entry, the file, the stack, or the way it was given.")


class DefaultsDocument(Shape):
    """A model's settings for a task, merged with overrides."""

    format: Literal["mgr.defaults/1"]
    id: str
    task: Task
    settings: TrainingSettingsDocument | InferenceSettingsDocument
    origins: dict[str, OriginDocument] = absent("With `--explain`: the origin of each setting, by dotted path.")
