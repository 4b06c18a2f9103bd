"""The import path that the model-garden application documents; everything lives in ``model_garden_registry``."""

from model_garden_registry import (
    ModelInfo,
    ModelRegistry,
    get_model,
    get_registry,
    get_text_models,
    get_vision_models,
    load_registry,
    validate_model_for_inference,
    validate_model_for_training,
)

__all__ = [
    "ModelInfo",
    "ModelRegistry",
    "get_model",
    "get_registry",
    "get_text_models",
    "get_vision_models",
    "load_registry",
    "validate_model_for_inference",
    "validate_model_for_training",
]
