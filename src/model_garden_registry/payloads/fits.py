"""What runs on which hardware, as JSON documents: models in buckets, and hardware for a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from model_garden_registry.checks.buckets import Fits, Fitted
from model_garden_registry.entries.part import ById
from model_garden_registry.entries.tasks import Task
from model_garden_registry.hardware.gpus import Hardware
from model_garden_registry.hardware.labels import distinct_names
from model_garden_registry.hardware.visible_devices import visible_devices
from model_garden_registry.memory.estimates import MemoryEstimate
from model_garden_registry.payloads.hardware import machine_document
from model_garden_registry.payloads.reports import gigabytes, remedy_document
from model_garden_registry.payloads.settings import split_document, tool_document
from model_garden_registry.reports import Report

if TYPE_CHECKING:  # fits need no plan
    from model_garden_registry.checks.planning import Choice, Plan


def fit_document(fits: Fits, *, most: int | None = None) -> dict[str, Any]:
    """
    Return ``mgr.fit/1``: models by bucket, best first, and how many are in each bucket.

    Args:
        most: How many models; None: all.
    """
    return {
        "format": "mgr.fit/1",
        "task": fits.task,
        **({} if fits.pool is None else {"pool": fits.pool}),
        "hardware": machine_document(fits.hardware),
        "counts": {str(bucket): len(members) for bucket, members in fits.buckets.items()},
        "models": [fit_row(fits, one) for one in fits.first(most)],
    }


def fits_document(each: Sequence[Fits], *, most: int | None = None) -> dict[str, Any]:
    """Return ``mgr.fits/1``: the same for each of several machines."""
    return joined_document(each[0].task, [fit_document(fits, most=most) for fits in each])


def joined_document(task: Task, documents: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return ``mgr.fits/1`` of documents that are made."""
    return {"format": "mgr.fits/1", "task": task, "fits": list(documents)}


def fit_row(fits: Fits, one: Fitted) -> dict[str, Any]:
    """Return whether a model runs on the hardware: a row of ``mgr.fit/1``."""
    report, (names, there) = one.report, _seen(ById(fits.hardware_of(one)))
    return {
        "id": one.row.id,
        "parameters": one.row.parameters,
        "bucket": str(one.bucket),
        "verdict": str(report.verdict),
        "reason": report.error_message,
        **({} if fits.pool is None else {"pool": fits.pool}),
        "gpu": names,
        "gpus": {"used": report.split.gpus if report.split else None, "there": there},
        **_load(report),
        **_memory(report.estimate, one.gpu_total_bytes),
        "coarse": report.estimate.is_coarse if report.estimate else None,
        "remedies": [remedy_document(remedy) for remedy in report.remedies],
    }


def plan_document(plan: Plan, *, most: int | None = None) -> dict[str, Any]:
    """
    Return ``mgr.plan/1``: hardware that runs a model, least memory first.

    Args:
        most: How many choices; None: all.
    """
    refused = [{"pool": report.pool, "reason": report.error_message} for report in plan.refused_pools]
    return {
        "format": "mgr.plan/1",
        "id": plan.subject,
        "task": plan.task,
        "total": len(plan.choices),
        "choices": [plan_row(choice) for choice in plan.choices[:most]],
        "refused": plan.refused.error_message if plan.refused else None,
        **({"refused_pools": refused} if refused else {}),
    }


def plan_row(choice: Choice) -> dict[str, Any]:
    """Return hardware that runs a model: a row of ``mgr.plan/1``."""
    report = choice.report
    return {
        **({} if choice.pool is None else {"pool": choice.pool}),
        "gpu": choice.gpu,
        "count": choice.count,
        "total_gb": gigabytes(choice.total_bytes),
        "verdict": str(report.verdict),
        **_load(report),
        **_memory(report.estimate, choice.gpu_total_bytes),
    }


def _load(report: Report) -> dict[str, Any]:
    """Return split, stack or engine, and the load; null without settings."""
    task = report.task or "inference"
    batch = ("batch_size", "max_seq_length") if task == "training" else ()
    return {
        "split": split_document(report.split),
        **tool_document(task, report.settings),
        **{name: getattr(report.settings, name, None) for name in batch},
    }


def _memory(estimate: MemoryEstimate | None, gpu_total_bytes: int | None) -> dict[str, Any]:
    """Return memory per GPU in decimal GB, and the safe share of the GPU."""
    share = round(estimate.safe_bytes / gpu_total_bytes, 4) if estimate and gpu_total_bytes else None
    return {
        "gpu_gb": gigabytes(gpu_total_bytes) if gpu_total_bytes else None,
        "expected_gb": gigabytes(estimate.expected_bytes) if estimate else None,
        "safe_gb": gigabytes(estimate.safe_bytes) if estimate else None,
        "share": share,
    }


@lru_cache(maxsize=64)
def _seen(asked: ById[Hardware]) -> tuple[str, int]:
    """Return the names of the judged GPUs, for an ambiguous name each, and how many there are."""
    seen = visible_devices(asked.value)
    return distinct_names(seen), len(seen.devices)
