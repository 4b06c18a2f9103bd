"""What a task takes, and what runs on some hardware, as JSON documents: one estimate, a sweep, models in buckets."""

from __future__ import annotations

from typing import Any

from model_garden_registry.catalogue.rows import Row
from model_garden_registry.checks.assessment import Assessment
from model_garden_registry.checks.buckets import Fits, bucket_of
from model_garden_registry.checks.sweeping import Sweep, SweepPoint
from model_garden_registry.entries.tasks import Task
from model_garden_registry.payloads.hardware import machine_document
from model_garden_registry.payloads.reports import gigabytes, memory_document, remedy_document, report_document
from model_garden_registry.payloads.settings import split_document, tool_document
from model_garden_registry.reports import Report


def estimate_document(found: Assessment) -> dict[str, Any]:
    """
    Return ``mgr.estimate/1``; where hardware was named, with the verdict on it and what fits on it at most.

    Raises:
        UnsupportedTaskError: The entry has no defaults for the task.
    """
    settings, estimate = found.sized
    document = {
        "format": "mgr.estimate/1",
        "id": found.subject,
        "task": found.task,
        **tool_document(found.task, settings),
        "split": split_document(found.split),
        **memory_document(estimate),
        "margin": estimate.margin,
        "coarse": estimate.is_coarse,
        "assumptions": list(estimate.assumptions),
        "settings": settings.as_dict(),
    }
    if found.case.machine is not None:
        document["report"] = report_document(found.report)
    if found.most is not None:
        document |= {"room": dict(found.most), "fewest_gpus": found.fewest_gpus}
    return document


def sweep_document(sweep: Sweep) -> dict[str, Any]:
    """Return ``mgr.sweep/1``: one estimate for each value of a setting, and the verdict where hardware was named."""
    return {
        "format": "mgr.sweep/1",
        "id": sweep.subject,
        "task": sweep.task,
        "setting": sweep.setting,
        "points": [_point(point) for point in sweep.points],
    }


def fits_document(fits: Fits) -> dict[str, Any]:
    """Return ``mgr.fit/1``: a bucket for each model, in the order of the reports, and how many are in each."""
    return {
        "format": "mgr.fit/1",
        "task": fits.task,
        "hardware": machine_document(fits.hardware),
        "counts": {str(bucket): len(reports) for bucket, reports in fits.buckets.items()},
        "models": [_model(row, report, fits.task) for row, report in zip(fits.rows, fits.reports, strict=True)],
    }


def _point(point: SweepPoint) -> dict[str, Any]:
    document = {"value": point.value, "tool": point.tool, **memory_document(point.estimate)}
    return document if point.report is None else {**document, "verdict": str(point.report.verdict)}


def _model(row: Row, report: Report, task: Task) -> dict[str, Any]:
    estimate, settings = report.estimate, report.settings
    return {
        "id": report.subject,
        "parameters": row.parameters,
        "bucket": str(bucket_of(report)),
        "verdict": str(report.verdict),
        "reason": report.error_message,
        **tool_document(task, settings),
        **({"batch_size": getattr(settings, "batch_size", None)} if task == "training" else {}),
        "split": split_document(report.split),
        "expected_gb": gigabytes(estimate.expected_bytes) if estimate else None,
        "safe_gb": gigabytes(estimate.safe_bytes) if estimate else None,
        "coarse": estimate.is_coarse if estimate else None,
        "remedies": [remedy_document(remedy) for remedy in report.remedies],
    }
