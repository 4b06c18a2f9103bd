"""An estimate of memory, and what would make it smaller, as JSON: the same object in a report and alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from model_garden_registry.units import GB

if TYPE_CHECKING:  # the report of a file needs no models
    from model_garden_registry.memory.estimates import MemoryEstimate
    from model_garden_registry.memory.fitting.remedies import Remedy


def memory_document(estimate: MemoryEstimate) -> dict[str, Any]:
    """Give an estimate in decimal GB, of each GPU, with its parts."""
    return {
        "expected_gb": gigabytes(estimate.expected_bytes),
        "safe_gb": gigabytes(estimate.safe_bytes),
        "per_gpu": True,
        "parts_gb": {name: gigabytes(size) for name, size in estimate.parts.items()},
    }


def remedy_document(remedy: Remedy) -> dict[str, Any]:
    """Give a remedy: what to change, what each GPU then needs, and what the check says then."""
    return {
        "changes": dict(remedy.changes),
        "safe_gb": gigabytes(remedy.safe_bytes),
        "verdict": str(remedy.verdict),
    }


def gigabytes(size_bytes: int) -> float:
    """Round to megabytes."""
    return round(size_bytes / GB, 3)
