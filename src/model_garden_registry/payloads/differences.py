"""What changed between two registries, as a JSON document."""

from __future__ import annotations

from typing import Any

from model_garden_registry.catalogue.differences import ABSENT, Change, Changed, Differences, Members


def differences_document(differences: Differences, *, old: str, new: str) -> dict[str, Any]:
    """
    Give ``mgr.diff/1``.

    A changed field has ``old`` and ``new``; where it was or is not there, that key is left out.

    Args:
        old: Name of the old file.

        new: Name of the new file.
    """
    return {
        "format": "mgr.diff/1",
        "old": old,
        "new": new,
        "changed": not differences.is_empty,
        "head": [_change(change) for change in differences.head],
        "categories": _members(differences.categories),
        "models": {
            **_members(differences.models),
            "renamed": [{"old": renamed.old, "new": renamed.new} for renamed in differences.models.renamed],
        },
    }


def _members(members: Members) -> dict[str, Any]:
    return {
        "added": list(members.added),
        "removed": list(members.removed),
        "changed": [_changed(changed) for changed in members.changed],
        "reordered": members.is_reordered,
    }


def _changed(changed: Changed) -> dict[str, Any]:
    return {"id": changed.key, "changes": [_change(change) for change in changed.changes]}


def _change(change: Change) -> dict[str, Any]:
    sides = {"old": change.old, "new": change.new}
    stated = {side: value for side, value in sides.items() if value is not ABSENT}
    return {"field": change.dotted, "pointer": change.pointer, **stated}
