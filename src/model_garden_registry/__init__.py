"""
Models that people fine-tune and serve, with defaults and memory needs, as one registry.

Every public name is imported when it is first used, so that ``mgr list`` does not wait for what it does not need.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # as type checkers know it: `typing` takes as long to import as Python to start
if TYPE_CHECKING:
    from typing import Any

    from model_garden_registry.entries.model import ModelInfo
    from model_garden_registry.entries.settings.task_settings import (
        InferenceSettings,
        Origin,
        OriginKind,
        TrainingSettings,
    )
    from model_garden_registry.errors import (
        EntryExistsError,
        EntryProblem,
        HardwareFileError,
        InvalidEntryError,
        InvalidOverrideError,
        MissingExtraError,
        MissingShapeError,
        RegistryError,
        RegistryNotFoundError,
        RegistryReadError,
        RegistryWarning,
        RegistryWriteError,
        UnknownArchitectureError,
        UnknownGpuError,
        UnknownModelError,
        UnsupportedTaskError,
    )
    from model_garden_registry.findings import Code, Finding, Place, Severity, Verdict
    from model_garden_registry.hardware.driver.probe import read_hardware
    from model_garden_registry.hardware.gpus import (
        Cause,
        DriverState,
        Gpu,
        GpuProcess,
        Hardware,
        HostMemory,
        Slice,
        Unread,
    )
    from model_garden_registry.hardware.known_gpus import known_gpu
    from model_garden_registry.hardware.snapshots import hardware_document, parse_hardware
    from model_garden_registry.memory.estimates import MemoryEstimate
    from model_garden_registry.memory.fitting.remedies import Remedy
    from model_garden_registry.registry.model_registry import ModelRegistry
    from model_garden_registry.registry.shared import (
        get_model,
        get_registry,
        get_text_models,
        get_vision_models,
        load_registry,
        validate_model_for_inference,
        validate_model_for_training,
    )
    from model_garden_registry.reports import Report

__version__ = "0.1.0"

__all__ = [
    "Cause",
    "Code",
    "DriverState",
    "EntryExistsError",
    "EntryProblem",
    "Finding",
    "Gpu",
    "GpuProcess",
    "Hardware",
    "HardwareFileError",
    "HostMemory",
    "InferenceSettings",
    "InvalidEntryError",
    "InvalidOverrideError",
    "MemoryEstimate",
    "MissingExtraError",
    "MissingShapeError",
    "ModelInfo",
    "ModelRegistry",
    "Origin",
    "OriginKind",
    "Place",
    "RegistryError",
    "RegistryNotFoundError",
    "RegistryReadError",
    "RegistryWarning",
    "RegistryWriteError",
    "Remedy",
    "Report",
    "Severity",
    "Slice",
    "TrainingSettings",
    "UnknownArchitectureError",
    "UnknownGpuError",
    "UnknownModelError",
    "Unread",
    "UnsupportedTaskError",
    "Verdict",
    "__version__",
    "get_model",
    "get_registry",
    "get_text_models",
    "get_vision_models",
    "hardware_document",
    "known_gpu",
    "load_registry",
    "parse_hardware",
    "read_hardware",
    "validate_model_for_inference",
    "validate_model_for_training",
]

_HOMES = {
    "entries.model": ("ModelInfo",),
    "entries.settings.task_settings": ("InferenceSettings", "Origin", "OriginKind", "TrainingSettings"),
    "errors": (
        "EntryExistsError",
        "EntryProblem",
        "HardwareFileError",
        "InvalidEntryError",
        "InvalidOverrideError",
        "MissingExtraError",
        "MissingShapeError",
        "RegistryError",
        "RegistryNotFoundError",
        "RegistryReadError",
        "RegistryWarning",
        "RegistryWriteError",
        "UnknownArchitectureError",
        "UnknownGpuError",
        "UnknownModelError",
        "UnsupportedTaskError",
    ),
    "findings": ("Code", "Finding", "Place", "Severity", "Verdict"),
    "memory.estimates": ("MemoryEstimate",),
    "memory.fitting.remedies": ("Remedy",),
    "hardware.known_gpus": ("known_gpu",),
    "hardware.gpus": ("Cause", "DriverState", "Gpu", "GpuProcess", "Hardware", "HostMemory", "Slice", "Unread"),
    "hardware.driver.probe": ("read_hardware",),
    "hardware.snapshots": ("hardware_document", "parse_hardware"),
    "registry.model_registry": ("ModelRegistry",),
    "registry.shared": (
        "get_model",
        "get_registry",
        "get_text_models",
        "get_vision_models",
        "load_registry",
        "validate_model_for_inference",
        "validate_model_for_training",
    ),
    "reports": ("Report",),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
