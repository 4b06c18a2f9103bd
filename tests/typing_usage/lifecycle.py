"""Registries, and files that name models, over time."""

from pathlib import Path

from model_garden_registry import (
    FoundModel,
    Lock,
    Migrated,
    OutdatedFiles,
    drift,
    find_outdated,
    get_registry,
    lock_models,
    migrate_registry_file,
    read_lock,
    scan_models,
    write_lock,
)

registry = get_registry()

done: OutdatedFiles = find_outdated(registry, [Path("train.yaml")], fix=True)
lines: list[str] = [f"{one.path}:{one.line}: {one.message}" for one in done.found if not one.is_fixed]

found: list[FoundModel] = scan_models(registry, Path("hub"), [Path("runs")])
commands: list[str] = [model.command for model in found if model.command]

lock: Lock = lock_models(registry, ["Qwen/Qwen3-8B"], cache=Path("hub"), moment="2026-11-30T12:00:00+00:00")
is_new: bool = write_lock(Path("mgr.lock"), lock)
changes: list[str] = drift(registry, read_lock(Path("mgr.lock")), cache=Path("hub"))

migrated: Migrated = migrate_registry_file(Path("models_registry.json"), fill=True)
names: tuple[str, ...] = migrated.filled["Qwen/Qwen3-8B"]
