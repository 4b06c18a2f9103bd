"""An estimate of memory as a JSON document: alone, or one of a sweep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model_garden_registry.checks.sweeping import Sweep, SweepPoint
from model_garden_registry.entries.settings.task_settings import Settings
from model_garden_registry.entries.tasks import Task
from model_garden_registry.memory.estimates import MemoryEstimate
from model_garden_registry.payloads.memory import memory_document
from model_garden_registry.payloads.reports import report_document
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
    Give ``mgr.estimate/1``.

    Args:
        report: The verdict on hardware, where some was named.

        room: The largest values of settings for which that hardware has room; None: not even for the smallest.

        fewest_gpus: Over how many such GPUs the model must be split; None: no number is enough.
    """
    document = {
        "format": "mgr.estimate/1",
        "id": model_id,
        "task": task,
        "method": getattr(settings, "method", None),  # only training has one
        **memory_document(estimate),
        "margin": estimate.margin,
        "error_band": estimate.error_band,
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
    """Give ``mgr.sweep/1``: one estimate for each value of a setting, and the verdict where hardware was named."""
    return {
        "format": "mgr.sweep/1",
        "id": sweep.subject,
        "task": sweep.task,
        "setting": sweep.setting,
        "points": [_point(point) for point in sweep.points],
    }


def _point(point: SweepPoint) -> dict[str, Any]:
    document = {"value": point.value, **memory_document(point.estimate)}
    return document if point.report is None else {**document, "verdict": str(point.report.verdict)}
