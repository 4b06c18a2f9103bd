"""Reports as JSON documents: one alone, or several with the worst verdict above them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from model_garden_registry.errors import RegistryReadError, UnknownModelError
from model_garden_registry.findings import Finding, Verdict, worst
from model_garden_registry.payloads.errors import error_document
from model_garden_registry.payloads.hardware import machine_document
from model_garden_registry.payloads.memory import memory_document, remedy_document
from model_garden_registry.reports import Outcome, Report


def report_document(report: Report) -> dict[str, Any]:
    """
    Give ``mgr.report/1``.

    The report of a file has no task, method, settings, memory, hardware and remedies.
    """
    verdict = {
        "verdict": str(report.verdict),
        "is_valid": report.is_valid,
        "error_message": report.error_message,
    }
    findings = [_finding(finding) for finding in report.findings]
    head = {"format": "mgr.report/1", "subject": report.subject}
    if report.task is None:
        return {**head, **verdict, "findings": findings}
    return {
        **head,
        "task": report.task,
        "method": getattr(report.settings, "method", None),  # only training has one
        **verdict,
        "settings": report.settings.as_dict() if report.settings else None,
        "memory": memory_document(report.estimate) if report.estimate else None,
        "hardware": machine_document(report.hardware),
        "findings": findings,
        "remedies": [remedy_document(remedy) for remedy in report.remedies],
    }


def reports_document(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Give ``mgr.reports/1``; a subject without an answer stands there as ``mgr.error/1`` and counts as unknown."""
    return {
        "format": "mgr.reports/1",
        "verdict": str(worst(verdict_of_outcome(outcome) for outcome in outcomes)),
        "reports": [
            report_document(outcome) if isinstance(outcome, Report) else error_document(outcome) for outcome in outcomes
        ],
    }


def verdict_of_outcome(outcome: Outcome) -> Verdict:
    """Give the verdict of a report; of an error, unknown."""
    return outcome.verdict if isinstance(outcome, Report) else Verdict.UNKNOWN


def subject_of(outcome: Outcome) -> str:
    """Give what was asked about: an id or a file."""
    match outcome:
        case Report(subject=subject):
            return subject
        case UnknownModelError(model_id=model_id):
            return model_id
        case RegistryReadError(path=path):
            return str(path)
        case _:
            return ""


def _finding(finding: Finding) -> dict[str, Any]:
    document = {
        "code": str(finding.code),
        "severity": str(finding.severity),
        "where": finding.where,
        "message": finding.message,
        "have": finding.have,
        "need": finding.need,
        "unit": finding.unit,
    }
    place = finding.place
    if place is None:
        return document
    return {**document, "file": place.file, "line": place.line, "column": place.column, "pointer": place.pointer}
