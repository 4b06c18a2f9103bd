"""Reports as JSON documents: one alone, or several with the worst verdict above them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from model_garden_registry.dialects.errors import ForeignFileError
from model_garden_registry.errors import RegistryError, RegistryReadError, UnknownModelError
from model_garden_registry.findings import Finding, Place, Verdict, worst
from model_garden_registry.payloads.errors import error_document
from model_garden_registry.payloads.settings import split_document, tool_document
from model_garden_registry.reports import Outcome, Report
from model_garden_registry.units import GB

if TYPE_CHECKING:  # the report of a file needs no models
    from model_garden_registry.memory.estimates import CacheCapacity, MemoryEstimate
    from model_garden_registry.memory.fitting.remedies import Remedy


def report_document(report: Report) -> dict[str, Any]:
    """
    Return ``mgr.report/1``.

    The report of a file has neither task nor settings, and no memory, hardware or remedies.
    """
    from model_garden_registry.payloads.hardware import machine_document  # late: a report as text needs none

    verdict = {
        "verdict": str(report.verdict),
        "is_valid": report.is_valid,
        "error_message": report.error_message,
    }
    findings = [_finding(finding) for finding in report.findings]
    head = {"format": "mgr.report/1", "subject": report.subject}
    if report.asked is not None:
        head["asked"] = report.asked
    if report.pool is not None:
        head["pool"] = report.pool
    if report.task is None:
        return {**head, **verdict, "findings": findings}
    return {
        **head,
        "task": report.task,
        **tool_document(report.task, report.settings),
        **verdict,
        "settings": report.settings.as_dict() if report.settings else None,
        "split": split_document(report.split),
        "memory": memory_document(report.estimate) if report.estimate else None,
        "hardware": machine_document(report.hardware),
        "findings": findings,
        "remedies": [remedy_document(remedy) for remedy in report.remedies],
    }


def reports_document(outcomes: Sequence[Outcome], *, counted: Sequence[Outcome] | None = None) -> dict[str, Any]:
    """
    Return ``mgr.reports/1``; a subject without an answer is a ``mgr.error/1`` and counts as unknown.

    Args:
        counted: Those that make up the verdict; None: all.
    """
    return {
        "format": "mgr.reports/1",
        "verdict": str(worst(verdict_of_outcome(outcome) for outcome in (outcomes if counted is None else counted))),
        "reports": [
            report_document(outcome) if isinstance(outcome, Report) else error_document(outcome) for outcome in outcomes
        ],
    }


def memory_document(estimate: MemoryEstimate) -> dict[str, Any]:
    """Return an estimate per GPU in decimal GB, with its parts and its error band as a share."""
    return {
        "expected_gb": gigabytes(estimate.expected_bytes),
        "safe_gb": gigabytes(estimate.safe_bytes),
        "per_gpu": True,
        "parts_gb": {name: gigabytes(size) for name, size in estimate.parts.items()},
        "error_band": estimate.error_band,
        "not_modelled": list(map(str, estimate.not_modelled)),
        "cache": cache_document(estimate.cache) if estimate.cache else None,
    }


def cache_document(cache: CacheCapacity) -> dict[str, Any]:
    """Return what fits into the cache of a serving engine, as its log prints it."""
    return {
        "pool_gb": gigabytes(cache.pool_bytes),
        "tokens": cache.tokens,
        "concurrency": round(cache.concurrency, 2),
        "blocks": cache.blocks,
        "most_sequences": cache.most_sequences,
    }


def remedy_document(remedy: Remedy) -> dict[str, Any]:
    """Return a remedy: what to change, what each GPU then needs, and the verdict then."""
    return {
        "changes": dict(remedy.changes),
        "safe_gb": gigabytes(remedy.safe_bytes),
        "verdict": str(remedy.verdict),
        **({"needs": remedy.needs} if remedy.needs else {}),
    }


def gigabytes(size_bytes: int) -> float:
    """Return bytes as decimal GB, rounded to megabytes."""
    return round(size_bytes / GB, 3)


def verdict_of_outcome(outcome: Outcome) -> Verdict:
    """Return the verdict of a report; unknown for an error."""
    return outcome.verdict if isinstance(outcome, Report) else Verdict.UNKNOWN


def subject_of(outcome: Outcome) -> str:
    """Return the subject: an id or a file."""
    match outcome:
        case Report(subject=subject):
            return subject
        case UnknownModelError(model_id=model_id):
            return model_id
        case RegistryReadError(path=path) | ForeignFileError(path=path):
            return str(path)
        case _:
            return ""


def place_of(error: RegistryError) -> Place | None:
    """Return the position of an error in a file, if it is about one."""
    match error:
        case ForeignFileError(path=path, line=line, column=column):
            return Place(file=str(path), line=line, column=column)
        case RegistryReadError(path=path):  # its message has the line: a column of JSON is of little use beside a text
            return Place(file=str(path))
        case _:
            return None


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
