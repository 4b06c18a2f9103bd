"""Merged settings as JSON: with origins, and as the head of a verdict or an estimate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the report of a file needs no models
    from model_garden_registry.entries.settings.task_settings import Settings
    from model_garden_registry.entries.tasks import Task
    from model_garden_registry.reports import Split


def defaults_document(model_id: str, task: Task, settings: Settings, *, with_origins: bool = False) -> dict[str, Any]:
    """Return ``mgr.defaults/1``: settings, groups nested, and optionally the origin of each by dotted path."""
    document = {"format": "mgr.defaults/1", "id": model_id, "task": task, "settings": settings.as_dict()}
    if with_origins:
        document["origins"] = {
            path: {"kind": str(origin.kind), "detail": origin.detail} for path, origin in settings.origins.items()
        }
    return document


def tool_document(task: Task, settings: Settings | None) -> dict[str, Any]:
    """Return what runs the task: method and stack, or engine and load, with the release; null without settings."""
    if task == "training":
        return {name: getattr(settings, name, None) for name in ("method", "stack", "stack_version")}
    tool = {name: getattr(settings, name, None) for name in ("engine", "engine_version")}
    return {**tool, "assumed": _load(settings)}


def split_document(split: Split | None) -> dict[str, Any] | None:
    """Return over how many GPUs a model is divided, and how; of several machines, how many; None without settings."""
    if split is None:
        return None
    machines = {"nodes": split.nodes} if split.nodes > 1 else {}
    return {"gpus": split.gpus, "how": split.how, "chosen": split.chosen, **machines}


def _load(settings: Any) -> dict[str, int] | None:
    """Return the assumed load of serving: the number of concurrent sequences, and their length."""
    if settings is None:
        return None
    return {"context_tokens": settings.max_model_len, "sequences": settings.concurrent}
