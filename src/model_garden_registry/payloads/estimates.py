"""Estimates as JSON documents: one estimate, or a sweep."""

from __future__ import annotations

from typing import Any

from model_garden_registry.checks.assessment import Assessment
from model_garden_registry.checks.evidence import Evidence, evidence_of
from model_garden_registry.checks.sweeping import Sweep, SweepPoint
from model_garden_registry.payloads.reports import memory_document, report_document
from model_garden_registry.payloads.settings import split_document, tool_document
from model_garden_registry.units import GB


def estimate_document(found: Assessment) -> dict[str, Any]:
    """
    Return ``mgr.estimate/1``; with hardware, also the verdict on it and what fits on it at most.

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
    if evidence := evidence_of(found.case.demand.entry, found.task):
        document["measured"] = list(map(_measured, evidence))
    if found.case.machine is not None:
        document["report"] = report_document(found.report)
    if found.most is not None:
        document |= {"room": dict(found.most), "fewest_gpus": found.fewest_gpus}
    return document


def _measured(one: Evidence) -> dict[str, Any]:
    known = {
        "gpu": one.result.gpu,
        "version": one.result.version,
        "estimated_as": one.estimated_as,
        "conditions": one.result.conditions,
        "why_not": one.why_not,
        "expected_gb": None if one.expected_bytes is None else round(one.expected_bytes / GB, 3),
        "difference": None if one.difference is None else round(one.difference, 4),
    }
    return {
        "measured_gb": round(one.measured_bytes / GB, 3),
        "quantity": one.result.quantity,
        **{name: value for name, value in known.items() if value is not None},
        "settings": dict(one.result.settings),
        "source": one.result.source,
        "as_of": one.result.as_of,
    }


def sweep_document(sweep: Sweep) -> dict[str, Any]:
    """Return ``mgr.sweep/1``: one estimate for each value of a setting, and the verdict if hardware was named."""
    return {
        "format": "mgr.sweep/1",
        "id": sweep.subject,
        "task": sweep.task,
        "setting": sweep.setting,
        "points": [_point(point) for point in sweep.points],
    }


def _point(point: SweepPoint) -> dict[str, Any]:
    document = {"value": point.value, "tool": point.tool, **memory_document(point.estimate)}
    return document if point.report is None else {**document, "verdict": str(point.report.verdict)}
