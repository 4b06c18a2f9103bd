"""Lists, entries and categories."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from model_garden_registry.entries.defaults import EngineQuantization, InferenceDefaults, TrainingDefaults
from model_garden_registry.entries.envelope import Category
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.part import Number, Whole
from model_garden_registry.entries.tasks import Status
from model_garden_registry.files.location import NamedBy
from model_garden_registry.payloads.shapes.shape import Shape, absent


class Nothing(Shape):
    """An object without a key."""


class NoTrainingDefaults(Shape):
    """In place of training defaults, for a model that cannot be trained."""

    hyperparameters: Nothing
    lora_config: Nothing


class FilledInferenceDefaults(InferenceDefaults):
    """How a model is served by default, with its five documented keys."""

    quantization: EngineQuantization | None = Field(
        description="Quantisation to pass to the engine; null if it detects it.", examples=["awq"]
    )
    tensor_parallel_size: Whole = Field(ge=1, description="GPUs over which each layer is split.", examples=[2])


class ModelEntry(ModelInfo):
    """One model: the entry of the registry file, with the documented keys of its defaults filled."""

    training_defaults: TrainingDefaults | NoTrainingDefaults = Field(  # type: ignore[assignment]  # a file has null
        description="A fine-tuning set-up that suits the model; empty objects if it cannot be trained."
    )
    inference_defaults: FilledInferenceDefaults = Field(description="A serving set-up that suits the model.")


class ModelRow(Shape):
    """One model in a list: eleven columns, and its defaults."""

    id: str = Field(description="Names the model in every other request.")
    name: str = Field(description="Name for people.")
    category: str = Field(description="Key of a category.")
    parameters: str = Field(description="Size in words.")
    description: str = Field(description="One sentence on what it is good for.")
    tags: list[str] = Field(description="Words to search by.")
    status: Status = Field(description="Whether it is ready for production.")
    is_vision: bool = Field(description="Whether it takes images.")
    is_quantized: bool = Field(description="Whether the published weights are quantised.")
    min_vram_gb: Number = Field(description="Least memory per GPU, in decimal GB.")
    recommended_vram_gb: Number = Field(description="Recommended memory per GPU, in decimal GB.")
    training_defaults: TrainingDefaults | NoTrainingDefaults = Field(description="As in the entry.")
    inference_defaults: FilledInferenceDefaults = Field(description="As in the entry.")
    fits_on: dict[str, bool] = absent("With several GPUs that are named: whether the model fits on each.")


class ListDocument(Shape):
    """A list of models, in the order of the registry file unless another is asked for."""

    format: Literal["mgr.list/1"]
    total: int = Field(description="How many models match, whatever part of them is in the list.")
    models: list[ModelRow]


class PartOrigin(Shape):
    """The file that a part of an entry comes from."""

    named_by: NamedBy = Field(description="What names the file.")
    file: str = Field(description="The file: its path, or over HTTP its name.")


class EntryDocument(Shape):
    """One model."""

    format: Literal["mgr.entry/1"]
    entry: ModelEntry
    origins: dict[str, PartOrigin] = absent(
        "With --origins: the file of each part, by JSON pointer below the entry; the largest parts."
    )


class CategoriesDocument(Shape):
    """The categories by key."""

    format: Literal["mgr.categories/1"]
    categories: dict[str, Category]
