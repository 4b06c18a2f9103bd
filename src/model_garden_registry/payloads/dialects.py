"""Other tools' files, as JSON documents: what was written, and what was read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from model_garden_registry.dialects.exporting import Exported, Form
from model_garden_registry.dialects.targets import Target
from model_garden_registry.entries.tasks import Task


def targets_document(targets: Iterable[Target]) -> dict[str, Any]:
    """Return ``mgr.targets/1``: what a model can be exported for."""
    return {"format": "mgr.targets/1", "targets": [_target(target) for target in targets]}


def export_document(made: Exported, *, target: str, model_id: str, task: Task, form: Form) -> dict[str, Any]:
    """Return ``mgr.export/1``: the text of a file for another tool."""
    return {
        "format": "mgr.export/1",
        "target": target,
        "id": model_id,
        "task": task,
        "form": form,
        "text": made.text,
        "notes": list(made.notes),
    }


def _target(target: Target) -> dict[str, Any]:
    return {
        "name": target.name,
        "title": target.title,
        "tasks": list(target.tasks),
        "forms": list(target.forms),
        "checked": target.is_read,
    }
