"""The import path that the model-garden application documents."""

from typing import Any, assert_type

import model_garden_registry
from model_garden.model_registry import (
    ModelInfo,
    ModelRegistry,
    get_model,
    get_registry,
    get_text_models,
    get_vision_models,
    validate_model_for_inference,
    validate_model_for_training,
)


def same_types(registry: ModelRegistry) -> model_garden_registry.ModelRegistry:
    return registry


def train(base_model: str, user_overrides: dict[str, Any]) -> dict[str, Any]:
    is_valid, error = validate_model_for_training(base_model)
    if not is_valid:
        raise ValueError(f"Cannot train: {error}")
    model = get_model(base_model)
    assert model is not None
    assert_type(model, ModelInfo)
    return {**model.get_training_hyperparameters(), **user_overrides}


def lists() -> list[ModelInfo]:
    assert_type(get_registry(), ModelRegistry)
    assert_type(validate_model_for_inference("a/b"), tuple[bool, str | None])
    return [*get_text_models(), *get_vision_models()]
