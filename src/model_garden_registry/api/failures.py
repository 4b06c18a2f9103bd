"""An error as a document, with its status."""

from __future__ import annotations

from copy import copy
from pathlib import Path
from typing import Any

from model_garden_registry.api.invalid_questions import InvalidQuestionError
from model_garden_registry.dialects.errors import UnsupportedExportError
from model_garden_registry.errors import (
    InvalidOverrideError,
    RegistryError,
    RegistryReadError,
    UnknownGpuError,
    UnknownModelError,
    UnsupportedTaskError,
)
from model_garden_registry.payloads.errors import error_document

#: Invalid usage, except for an unknown id.
_INVALID_USAGE = (
    InvalidOverrideError,
    InvalidQuestionError,
    UnknownGpuError,
    UnsupportedExportError,
    UnsupportedTaskError,
)


def failure_document(error: RegistryError) -> dict[str, Any]:
    """Return the document of ``mgr --json``, with the message that clients show under ``detail``."""
    if isinstance(error, InvalidQuestionError):
        return error.document
    shown = without_directory(error)
    return {"detail": _detail(shown), **error_document(shown)}


def not_found_text(model_id: str) -> str:
    """Return the application's message for an unknown model."""
    return f"Model '{model_id}' not found in registry"


def without_directory(error: RegistryError) -> RegistryError:
    """Return an error with the name of its file only: clients must not see directories of this machine."""
    if not isinstance(error, RegistryReadError):
        return error
    shown = copy(error)
    shown.path = Path(error.path.name)
    return shown


def failure_status(error: RegistryError) -> int:
    """Return the HTTP status for the exit code of ``mgr``: 404 or 422 for 2, 422 for an export's no, 503 for 3."""
    if isinstance(error, UnknownModelError):
        return 404
    return 422 if isinstance(error, _INVALID_USAGE) else 503


def _detail(error: RegistryError) -> str:
    return not_found_text(error.model_id) if isinstance(error, UnknownModelError) else str(error)
