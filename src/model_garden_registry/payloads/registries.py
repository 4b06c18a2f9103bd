"""Registries, and files that name models, over time, as JSON documents."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model_garden_registry.units import GB

if TYPE_CHECKING:
    from model_garden_registry.files.overlays import RegistryLayer
    from model_garden_registry.lifecycle.drafting import Drafts
    from model_garden_registry.lifecycle.local.scanning import FoundModel
    from model_garden_registry.lifecycle.outdated.outdated_ids import OutdatedFiles, OutdatedId
    from model_garden_registry.lifecycle.remote.standing import RemoteStanding
    from model_garden_registry.lifecycle.remote.updating import Update


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


def scan_document(found: Sequence[FoundModel], *, cache: Path) -> dict[str, Any]:
    """
    Return ``mgr.scan/1``.

    Args:
        cache: Where the cache is, or would be.
    """
    return {"format": "mgr.scan/1", "cache": str(cache), "models": [_found_model(model) for model in found]}


def drafts_document(drafts: Drafts, *, organisation: str) -> dict[str, Any]:
    """Return ``mgr.drafts/1``."""
    return {
        "format": "mgr.drafts/1",
        "organisation": organisation,
        "entries": dict(drafts.entries),
        "problems": [{"id": model_id, "message": words} for model_id, words in drafts.problems.items()],
        "others": drafts.others,
    }


def _found_model(model: FoundModel) -> dict[str, Any]:
    known = {name: getattr(model, name) for name in ("revision", "base_model", "note", "command")}
    return {
        "id": model.id,
        "path": str(model.path),
        "source": model.source,
        "size_gb": round(model.size_bytes / GB, 3),
        "entry": model.entry,
        **{name: value for name, value in known.items() if value is not None},
        "broken": list(model.broken),
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


def status_document(
    layers: Sequence[RegistryLayer], standing: RemoteStanding | None, *, is_offline: bool
) -> dict[str, Any]:
    """
    Return ``mgr.status/1``.

    Args:
        layers: The files in use, the weakest first.

        standing: The configured remote registry; None if there is none.

        is_offline: Whether the network is forbidden.
    """
    return {
        "format": "mgr.status/1",
        "layers": [_layer(layer) for layer in layers],
        "remote": _remote(standing) if standing else None,
        "offline": is_offline,
    }


def update_document(update: Update, standing: RemoteStanding) -> dict[str, Any]:
    """Return ``mgr.update/1``."""
    return {"format": "mgr.update/1", "state": update.state.value, "remote": _remote(standing)}


def _layer(layer: RegistryLayer) -> dict[str, Any]:
    return {
        "path": str(layer.path),
        "named_by": layer.named_by.value,
        "overlay": layer.is_overlay,
        "entries": len(layer.models),
        "last_updated": date_of(layer),
        "problem": str(layer.problem) if layer.problem else None,
    }


def date_of(layer: RegistryLayer) -> str | None:
    """Return the date that a file states, or None."""
    date = layer.document.get("last_updated")
    return date if isinstance(date, str) else None


def _remote(standing: RemoteStanding) -> dict[str, Any]:
    cached = standing.cached
    stored = None
    if cached is not None:
        facts = ("sha256", "version", "last_updated", "fetched_at", "checked_at")
        stored = {"path": str(cached.path), **{name: getattr(cached, name) for name in facts}}
    return {
        "address": standing.address,
        "configured_in": str(standing.remote.file),
        "pin": standing.remote.sha256,
        "download": stored,
        "usable": standing.is_usable,
        "why_unusable": standing.why_unusable,
    }
