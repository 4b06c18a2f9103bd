"""Which models run on some hardware, as a JSON document."""

from __future__ import annotations

from typing import Any

from model_garden_registry.checks.buckets import Fits, bucket_of
from model_garden_registry.payloads.hardware import machine_document
from model_garden_registry.payloads.memory import gigabytes, remedy_document
from model_garden_registry.reports import Report


def fits_document(fits: Fits) -> dict[str, Any]:
    """Give ``mgr.fit/1``: a bucket for each model, in the order of the reports, and how many are in each."""
    return {
        "format": "mgr.fit/1",
        "task": fits.task,
        "hardware": machine_document(fits.hardware),
        "counts": {str(bucket): len(reports) for bucket, reports in fits.buckets.items()},
        "models": [_model(report) for report in fits.reports],
    }


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
