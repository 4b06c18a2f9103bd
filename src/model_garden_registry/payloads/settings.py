"""Merged settings as a JSON document."""

from __future__ import annotations

from typing import Any

from model_garden_registry.entries.settings.task_settings import Settings
from model_garden_registry.entries.tasks import Task


def defaults_document(model_id: str, task: Task, settings: Settings, *, with_origins: bool = False) -> dict[str, Any]:
    """Give ``mgr.defaults/1``: settings, groups nested, and, where wanted, the origin of each by dotted path."""
    document = {"format": "mgr.defaults/1", "id": model_id, "task": task, "settings": settings.as_dict()}
    if with_origins:
        document["origins"] = {
            path: {"kind": str(origin.kind), "detail": origin.detail} for path, origin in settings.origins.items()
        }
    return document
