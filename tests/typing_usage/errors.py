"""Errors: which to catch, and which facts they carry."""

from pathlib import Path
from typing import assert_type

from model_garden_registry import (
    EntryProblem,
    InvalidEntryError,
    InvalidOverrideError,
    ModelInfo,
    ModelRegistry,
    RegistryError,
    RegistryReadError,
    UnknownGpuError,
    UnknownModelError,
    UnsupportedTaskError,
    known_gpu,
    load_registry,
)


def load(path: Path) -> ModelRegistry | None:
    try:
        return load_registry(path)
    except FileNotFoundError as error:
        print(error)
    except RegistryReadError as error:
        assert_type(error.path, Path)
        assert_type(error.line, int | None)
        assert_type(error.column, int | None)
    except RegistryError as error:
        print(error)
    return None


def find(registry: ModelRegistry, model_id: str) -> ModelInfo | None:
    try:
        return registry[model_id]
    except UnknownModelError as error:
        assert_type(error.model_id, str)
        assert_type(error.close, tuple[str, ...])
    except InvalidEntryError as error:
        assert_type(error.model_id, str | None)
        assert_type(error.problems, tuple[EntryProblem, ...])
        print(error.where, error.expected, error.found)
    except KeyError:
        print("UnknownModelError is a KeyError, too")
    return None


def override(registry: ModelRegistry, rank: object) -> int | None:
    try:
        return registry.settings("a/b", "training", r=rank).lora_config.r
    except InvalidOverrideError as error:
        assert_type(error.setting, str)
        assert_type(error.value, object)
        assert_type(error.allowed, str)
        assert_type(error.close, tuple[str, ...])
    except UnsupportedTaskError as error:
        assert_type(error.task, str)
    return None


def names(text: str) -> list[str]:
    try:
        hardware = known_gpu(text, count=2)
    except UnknownGpuError as error:
        assert_type(error.name, str)
        assert_type(error.close, tuple[str, ...])
        assert_type(error.problem, str | None)
        return []
    return [str(gpu.name) for gpu in hardware.gpus]
