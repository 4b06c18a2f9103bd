"""An error as a status and a document."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from pathlib import Path
from typing import Any

from fastapi import Response

from model_garden_registry.errors import (
    InvalidOverrideError,
    RegistryError,
    RegistryReadError,
    UnknownGpuError,
    UnknownModelError,
    UnsupportedTaskError,
)
from model_garden_registry.payloads.errors import error_document
from model_garden_registry.server.replies.replies import document_response

#: Invalid usage, but for an id that does not exist.
_INVALID_USAGE = (InvalidOverrideError, UnknownGpuError, UnsupportedTaskError)


def failure_response(error: RegistryError) -> Response:
    """Say in HTTP what ``mgr`` says by its exit code: 404 or 422 for 2, 503 for 3."""
    return document_response(failure_document(error), _status(error))


def failure_document(error: RegistryError) -> dict[str, Any]:
    """Give the document of ``mgr --json``, with the sentence that clients show under ``detail``."""
    shown = without_directory(error)
    return {"detail": _detail(shown), **error_document(shown)}


def not_found_text(model_id: str) -> str:
    """Say that there is no such model, as the application does."""
    return f"Model '{model_id}' not found in registry"


def refusal_response(status: int, detail: str | Sequence[dict[str, Any]]) -> Response:
    """Refuse a request that is not a question."""
    return document_response({"detail": detail}, status)


def without_directory(error: RegistryError) -> RegistryError:
    """Leave out in which directory of this machine a file lies: that is nobody's business at the other end."""
    if not isinstance(error, RegistryReadError):
        return error
    shown = copy(error)
    shown.path = Path(error.path.name)
    return shown


def _status(error: RegistryError) -> int:
    if isinstance(error, UnknownModelError):
        return 404
    return 422 if isinstance(error, _INVALID_USAGE) else 503


def _detail(error: RegistryError) -> str:
    return not_found_text(error.model_id) if isinstance(error, UnknownModelError) else str(error)
