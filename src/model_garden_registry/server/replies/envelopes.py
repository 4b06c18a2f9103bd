"""The envelope that the application's clients expect around an answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from model_garden_registry.errors import RegistryError
from model_garden_registry.findings import Severity
from model_garden_registry.payloads.errors import error_document
from model_garden_registry.payloads.reports import report_document
from model_garden_registry.reports import Report


def success(data: object) -> dict[str, Any]:
    """Return an answer under ``data``."""
    return {"success": True, "data": data}


def list_content(rows: Sequence[bytes], total: int) -> bytes:
    """Return the JSON of ``{"success", "data", "total"}`` for rows that are JSON already."""
    return b'{"success":true,"data":[%b],"total":%d}' % (b",".join(rows), total)


def verdict(report: Report) -> dict[str, Any]:
    """Return a report, with the top-level keys that clients read."""
    return {
        **success(report_document(report)),
        "valid": report.is_valid,
        "errors": [*_messages(report, Severity.FAIL), *_messages(report, Severity.UNKNOWN, "Could not be checked: ")],
        "warnings": _messages(report, Severity.WARNING),
    }


def no_verdict(error: RegistryError, message: str) -> dict[str, Any]:
    """Return the error of a model without a verdict, in place of a report."""
    data = {"is_valid": False, "error_message": message, **error_document(error)}
    return {**success(data), "valid": False, "errors": [message], "warnings": []}


def _messages(report: Report, severity: Severity, prefix: str = "") -> list[str]:
    return [prefix + finding.message for finding in report.findings if finding.severity is severity]
