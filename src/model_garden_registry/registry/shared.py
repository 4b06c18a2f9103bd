"""The one registry of a process, and functions on it for scripts."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from model_garden_registry.files.location import StrPath
from model_garden_registry.registry.model_registry import ModelRegistry
from model_garden_registry.registry.questions import HardwareSource

if TYPE_CHECKING:
    from model_garden_registry.entries.model import ModelInfo


def load_registry(path: StrPath | Sequence[StrPath] | None = None) -> ModelRegistry:
    """Return a registry, newly read; see ``ModelRegistry``."""
    return ModelRegistry(path)


_cached: ModelRegistry | None = None
_lock = threading.Lock()


def get_registry() -> ModelRegistry:
    """Return the registry of this process: read at the first call, then the same object in every thread."""
    global _cached  # noqa: PLW0603  (the one cache of the process)
    if _cached is None:
        with _lock:
            if _cached is None:
                _cached = ModelRegistry()
    return _cached


def get_model(model_id: str) -> ModelInfo | None:
    """Return a model of ``get_registry()``, or None."""
    return get_registry().get_model(model_id)


def get_text_models() -> list[ModelInfo]:
    """Return the text models of ``get_registry()``."""
    return get_registry().get_text_models()


def get_vision_models() -> list[ModelInfo]:
    """Return the vision-language models of ``get_registry()``."""
    return get_registry().get_vision_models()


def validate_model_for_training(model_id: str, *, hardware: HardwareSource = "local") -> tuple[bool, str | None]:
    """Return whether a model of ``get_registry()`` can be trained, and why not."""
    return get_registry().validate_model_for_training(model_id, hardware=hardware)


def validate_model_for_inference(model_id: str, *, hardware: HardwareSource = "local") -> tuple[bool, str | None]:
    """Return whether a model of ``get_registry()`` can be served, and why not."""
    return get_registry().validate_model_for_inference(model_id, hardware=hardware)
