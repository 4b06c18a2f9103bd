"""The types of entries, rows and categories, as clients get them; they describe, and check nothing that is sent."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from model_garden_registry.entries.defaults import (
    EngineQuantization,
    InferenceDefaults,
    TrainingDefaults,
)
from model_garden_registry.entries.envelope import Category
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.part import Number, Whole
from model_garden_registry.entries.tasks import Status


class Nothing(BaseModel):
    """An object without a key."""

    model_config = ConfigDict(extra="forbid")


class NoTrainingDefaults(BaseModel):
    """What stands in the place of training defaults where a model cannot be trained."""

    hyperparameters: Nothing
    lora_config: Nothing


class FilledInferenceDefaults(InferenceDefaults):
    """How a model is served unless somebody asks otherwise, with its five documented keys."""

    quantization: EngineQuantization | None = Field(
        description="Quantisation that the engine must be told; null where it finds out.", examples=["awq"]
    )
    tensor_parallel_size: Whole = Field(ge=1, description="GPUs over which each layer is split.", examples=[2])


class ModelEntry(ModelInfo):
    """One model: the entry as it stands in the registry file, with the documented keys of its defaults filled."""

    training_defaults: TrainingDefaults | NoTrainingDefaults = Field(  # type: ignore[assignment]  # a file has null
        description="A fine-tuning set-up that suits the model; empty objects where it cannot be trained."
    )
    inference_defaults: FilledInferenceDefaults = Field(description="A serving set-up that suits the model.")


class ModelRow(BaseModel):
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
    min_vram_gb: Number = Field(description="Least memory of each GPU, in decimal GB.")
    recommended_vram_gb: Number = Field(description="Recommended memory of each GPU, in decimal GB.")
    training_defaults: TrainingDefaults | NoTrainingDefaults = Field(description="As in the entry.")
    inference_defaults: FilledInferenceDefaults = Field(description="As in the entry.")


class ModelsReply(BaseModel):
    """A list of models, in the order of the registry file unless another is asked for."""

    success: Literal[True]
    data: list[ModelRow]
    total: int = Field(description="How many models match, whatever part of them is in the list.")


class ModelReply(BaseModel):
    """One model."""

    success: Literal[True]
    data: ModelEntry


class CategoriesReply(BaseModel):
    """The categories by key."""

    success: Literal[True]
    data: dict[str, Category]
