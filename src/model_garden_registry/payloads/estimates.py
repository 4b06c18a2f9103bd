"""What a task takes, and what runs on some hardware, as JSON documents: one estimate, a sweep, models in buckets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model_garden_registry.checks.buckets import Fits, bucket_of
from model_garden_registry.checks.sweeping import Sweep, SweepPoint
from model_garden_registry.entries.settings.task_settings import Settings
from model_garden_registry.entries.tasks import Task
from model_garden_registry.memory.estimates import MemoryEstimate
from model_garden_registry.payloads.hardware import machine_document
from model_garden_registry.payloads.reports import gigabytes, memory_document, remedy_document, report_document
from model_garden_registry.payloads.settings import split_document, tool_document
from model_garden_registry.reports import Report


def estimate_document(
    model_id: str,
    task: Task,
    settings: Settings,
    estimate: MemoryEstimate,
    *,
    report: Report | None = None,
    room: Mapping[str, int | None] | None = None,
    fewest_gpus: int | None = None,
) -> dict[str, Any]:
    """
    Return ``mgr.estimate/1``.

    Args:
        report: The verdict on hardware, where some was named.

        room: The largest values of settings for which that hardware has room; None: not even for the smallest.

        fewest_gpus: Over how many such GPUs the model must be split; None: no number is enough.
    """
    document = {
        "format": "mgr.estimate/1",
        "id": model_id,
        "task": task,
        **tool_document(task, settings),
        "split": split_document(settings),
        **memory_document(estimate),
        "margin": estimate.margin,
        "coarse": estimate.is_coarse,
        "assumptions": list(estimate.assumptions),
        "settings": settings.as_dict(),
    }
    if report is not None:
        document["report"] = report_document(report)
    if room is not None:
        document |= {"room": dict(room), "fewest_gpus": fewest_gpus}
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
        "models": [_model(report) for report in fits.reports],
    }


def _point(point: SweepPoint) -> dict[str, Any]:
    document = {"value": point.value, **memory_document(point.estimate)}
    return document if point.report is None else {**document, "verdict": str(point.report.verdict)}


def _model(report: Report) -> dict[str, Any]:
    estimate = report.estimate
    return {
        "id": report.subject,
        "bucket": str(bucket_of(report)),
        "verdict": str(report.verdict),
        "reason": report.error_message,
        "expected_gb": gigabytes(estimate.expected_bytes) if estimate else None,
        "safe_gb": gigabytes(estimate.safe_bytes) if estimate else None,
        "coarse": estimate.is_coarse if estimate else None,
        "remedies": [remedy_document(remedy) for remedy in report.remedies],
    }
