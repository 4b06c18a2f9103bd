"""An error as a document, with its status."""

from __future__ import annotations

from copy import copy
from pathlib import Path
from typing import Any

from model_garden_registry.errors import (
    InvalidOverrideError,
    RegistryError,
    RegistryReadError,
    UnknownGpuError,
    UnknownModelError,
    UnsupportedTaskError,
)
from model_garden_registry.payloads.errors import error_document

#: Invalid usage, but for an id that does not exist.
_INVALID_USAGE = (InvalidOverrideError, UnknownGpuError, UnsupportedTaskError)


def failure_document(error: RegistryError) -> dict[str, Any]:
    """Give the document of ``mgr --json``, with the sentence that clients show under ``detail``."""
    shown = without_directory(error)
    return {"detail": _detail(shown), **error_document(shown)}


def not_found_text(model_id: str) -> str:
    """Say that there is no such model, as the application does."""
    return f"Model '{model_id}' not found in registry"


def without_directory(error: RegistryError) -> RegistryError:
    """Leave out in which directory of this machine a file lies: that is nobody's business at the other end."""
    if not isinstance(error, RegistryReadError):
        return error
    shown = copy(error)
    shown.path = Path(error.path.name)
    return shown


def failure_status(error: RegistryError) -> int:
    """Return in HTTP what ``mgr`` says by its exit code: 404 or 422 for 2, 503 for 3."""
    if isinstance(error, UnknownModelError):
        return 404
    return 422 if isinstance(error, _INVALID_USAGE) else 503


def _detail(error: RegistryError) -> str:
    return not_found_text(error.model_id) if isinstance(error, UnknownModelError) else str(error)
