"""Registries, and files that name models, over time, as JSON documents."""

from __future__ import annotations

from typing import Any

from model_garden_registry.lifecycle.outdated import OutdatedFiles, OutdatedId


def outdated_document(outdated: OutdatedFiles, *, most: int | None = None) -> dict[str, Any]:
    """
    Return ``mgr.outdated/1``.

    Args:
        most: The most ids to list; None: all of them.
    """
    return {
        "format": "mgr.outdated/1",
        "is_valid": outdated.is_current,
        "files": outdated.files,
        "total": len(outdated.found),
        "ids": [_outdated_id(one) for one in outdated.found[:most]],
        "problems": [{"file": str(problem.path), "message": str(problem)} for problem in outdated.problems],
    }


def _outdated_id(one: OutdatedId) -> dict[str, Any]:
    return {
        "file": str(one.path),
        "line": one.line,
        "column": one.column,
        "id": one.id,
        "kind": str(one.kind),
        "message": one.message,
        **({"use": one.use} if one.use else {}),
        "fixed": one.is_fixed,
    }
