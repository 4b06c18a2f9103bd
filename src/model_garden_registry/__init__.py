"""
Open-weight models for fine-tuning and serving, with defaults and memory needs, as one registry.

Every public name is imported on first use, so that ``mgr list`` does not load what it does not need.
"""

from __future__ import annotations

from importlib import import_module

__version__ = "0.1.0"

TYPE_CHECKING = False  # known to type checkers: importing `typing` takes as long as starting Python
if TYPE_CHECKING:
    from typing import Any

    from model_garden_registry.checks.assessment import Assessment as Assessment
    from model_garden_registry.checks.buckets import Bucket as Bucket, Fits as Fits
    from model_garden_registry.checks.matrix.cells import Matrix as Matrix
    from model_garden_registry.checks.planning import Choice as Choice, Plan as Plan
    from model_garden_registry.checks.sweeping import Sweep as Sweep, SweepPoint as SweepPoint
    from model_garden_registry.dialects.errors import (
        ForeignFileError as ForeignFileError,
        UnsupportedExportError as UnsupportedExportError,
    )
    from model_garden_registry.dialects.exporting import Exported as Exported
    from model_garden_registry.dialects.foreign_config import ForeignConfig as ForeignConfig
    from model_garden_registry.dialects.judged import CheckedConfig as CheckedConfig, Drift as Drift
    from model_garden_registry.dialects.reading import read_config as read_config, read_configs as read_configs
    from model_garden_registry.entries.model import ModelInfo as ModelInfo
    from model_garden_registry.entries.settings.task_settings import (
        InferenceSettings as InferenceSettings,
        Origin as Origin,
        OriginKind as OriginKind,
        TrainingSettings as TrainingSettings,
    )
    from model_garden_registry.errors import (
        EntryExistsError as EntryExistsError,
        EntryProblem as EntryProblem,
        HardwareFileError as HardwareFileError,
        InvalidEntryError as InvalidEntryError,
        InvalidOverrideError as InvalidOverrideError,
        LockedError as LockedError,
        MissingExtraError as MissingExtraError,
        MissingShapeError as MissingShapeError,
        RegistryError as RegistryError,
        RegistryNotFoundError as RegistryNotFoundError,
        RegistryReadError as RegistryReadError,
        RegistryWarning as RegistryWarning,
        RegistryWriteError as RegistryWriteError,
        UnknownArchitectureError as UnknownArchitectureError,
        UnknownGpuError as UnknownGpuError,
        UnknownModelError as UnknownModelError,
        UnsupportedTaskError as UnsupportedTaskError,
    )
    from model_garden_registry.findings import (
        Code as Code,
        Finding as Finding,
        Place as Place,
        Severity as Severity,
        Verdict as Verdict,
    )
    from model_garden_registry.hardware.driver.probe import read_hardware as read_hardware
    from model_garden_registry.hardware.gpu_table import KnownGpu as KnownGpu
    from model_garden_registry.hardware.gpu_table import TotalKind as TotalKind
    from model_garden_registry.hardware.gpus import (
        Cause as Cause,
        DriverState as DriverState,
        Gpu as Gpu,
        GpuProcess as GpuProcess,
        Hardware as Hardware,
        HostMemory as HostMemory,
        Slice as Slice,
        Unread as Unread,
    )
    from model_garden_registry.hardware.inventory.documents import (
        inventory_document as inventory_document,
        parse_inventory as parse_inventory,
    )
    from model_garden_registry.hardware.inventory.errors import (
        ClusterError as ClusterError,
        InventoryError as InventoryError,
    )
    from model_garden_registry.hardware.inventory.inventories import (
        Inventory as Inventory,
        InventoryNode as InventoryNode,
    )
    from model_garden_registry.hardware.inventory.probing import probe_ray as probe_ray
    from model_garden_registry.hardware.known_gpus import known_gpu as known_gpu
    from model_garden_registry.hardware.known_gpus import known_rows as known_rows
    from model_garden_registry.hardware.snapshots import (
        hardware_document as hardware_document,
        parse_hardware as parse_hardware,
    )
    from model_garden_registry.inventory_files import (
        merge_inventories as merge_inventories,
        read_cluster as read_cluster,
        read_inventory as read_inventory,
    )
    from model_garden_registry.lifecycle.locking import (
        Lock as Lock,
        LockedModel as LockedModel,
        drift as drift,
        lock_models as lock_models,
        read_lock as read_lock,
        write_lock as write_lock,
    )
    from model_garden_registry.lifecycle.migration import (
        Migrated as Migrated,
        migrate_registry_file as migrate_registry_file,
    )
    from model_garden_registry.lifecycle.remote.errors import RemoteRegistryError as RemoteRegistryError
    from model_garden_registry.lifecycle.remote.publishing import (
        Published as Published,
        publish_registry as publish_registry,
    )
    from model_garden_registry.lifecycle.remote.updating import (
        Update as Update,
        UpdateState as UpdateState,
        update_registry as update_registry,
    )
    from model_garden_registry.lifecycle.outdated.outdated_ids import (
        OutdatedFiles as OutdatedFiles,
        OutdatedId as OutdatedId,
        find_outdated as find_outdated,
    )
    from model_garden_registry.lifecycle.local.scanning import FoundModel as FoundModel, scan_models as scan_models
    from model_garden_registry.memory.estimates import MemoryEstimate as MemoryEstimate
    from model_garden_registry.memory.fitting.remedies import Remedy as Remedy
    from model_garden_registry.placement.placements import Placement as Placement
    from model_garden_registry.registry.model_registry import ModelRegistry as ModelRegistry
    from model_garden_registry.registry.shared import (
        get_model as get_model,
        get_registry as get_registry,
        get_text_models as get_text_models,
        get_vision_models as get_vision_models,
        load_registry as load_registry,
        validate_model_for_inference as validate_model_for_inference,
        validate_model_for_training as validate_model_for_training,
    )
    from model_garden_registry.reports import Report as Report

#: The module of each public name, for its first use.
_HOMES = {
    "checks.assessment": ("Assessment",),
    "checks.buckets": ("Bucket", "Fits"),
    "checks.matrix.cells": ("Matrix",),
    "checks.planning": ("Choice", "Plan"),
    "checks.sweeping": ("Sweep", "SweepPoint"),
    "dialects.errors": ("ForeignFileError", "UnsupportedExportError"),
    "dialects.exporting": ("Exported",),
    "dialects.foreign_config": ("ForeignConfig",),
    "dialects.judged": ("CheckedConfig", "Drift"),
    "dialects.reading": ("read_config", "read_configs"),
    "entries.model": ("ModelInfo",),
    "entries.settings.task_settings": ("InferenceSettings", "Origin", "OriginKind", "TrainingSettings"),
    "errors": (
        "EntryExistsError",
        "EntryProblem",
        "HardwareFileError",
        "InvalidEntryError",
        "InvalidOverrideError",
        "LockedError",
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
    "inventory_files": ("merge_inventories", "read_cluster", "read_inventory"),
    "lifecycle.locking": ("Lock", "LockedModel", "drift", "lock_models", "read_lock", "write_lock"),
    "lifecycle.migration": ("Migrated", "migrate_registry_file"),
    "lifecycle.remote.errors": ("RemoteRegistryError",),
    "lifecycle.remote.publishing": ("Published", "publish_registry"),
    "lifecycle.remote.updating": ("Update", "UpdateState", "update_registry"),
    "lifecycle.outdated.outdated_ids": ("OutdatedFiles", "OutdatedId", "find_outdated"),
    "lifecycle.local.scanning": ("FoundModel", "scan_models"),
    "memory.estimates": ("MemoryEstimate",),
    "memory.fitting.remedies": ("Remedy",),
    "hardware.inventory.documents": ("inventory_document", "parse_inventory"),
    "hardware.inventory.errors": ("ClusterError", "InventoryError"),
    "hardware.inventory.inventories": ("Inventory", "InventoryNode"),
    "hardware.inventory.probing": ("probe_ray",),
    "hardware.known_gpus": ("known_gpu", "known_rows"),
    "hardware.gpu_table": ("KnownGpu", "TotalKind"),
    "hardware.gpus": ("Cause", "DriverState", "Gpu", "GpuProcess", "Hardware", "HostMemory", "Slice", "Unread"),
    "hardware.driver.probe": ("read_hardware",),
    "hardware.snapshots": ("hardware_document", "parse_hardware"),
    "placement.placements": ("Placement",),
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

if not TYPE_CHECKING:  # type checkers read a list of words only; to them `x as x` says that a name is public
    __all__ = sorted((*_HOME_OF, "__version__"))


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME_OF})
