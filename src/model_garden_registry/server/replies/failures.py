"""An error as a response."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import Response

from model_garden_registry.api.failures import failure_document, failure_status
from model_garden_registry.errors import RegistryError
from model_garden_registry.server.replies.replies import document_response


def failure_response(error: RegistryError) -> Response:
    """Return the response for an error, with the status for its exit code."""
    return document_response(failure_document(error), failure_status(error))


def refusal_response(status: int, detail: str | Sequence[dict[str, Any]]) -> Response:
    """Return the response that refuses a request."""
    return document_response({"detail": detail}, status)
