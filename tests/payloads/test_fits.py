"""Models in buckets as a JSON document."""

from __future__ import annotations

from model_garden_registry import known_gpu
from model_garden_registry.checks.buckets import Fits
from model_garden_registry.findings import Code, Finding, Severity
from model_garden_registry.memory.estimates import PARTS, MemoryEstimate
from model_garden_registry.memory.fitting.remedies import Remedy
from model_garden_registry.payloads.fits import fits_document
from model_garden_registry.payloads.hardware import machine_document
from model_garden_registry.reports import Report

ESTIMATE = MemoryEstimate(
    task="training",
    parts={**dict.fromkeys(PARTS, 0), "weights": 20_000_000_000},
    margin=0.1,
    error_band=0.13,
)


def test_every_model_has_its_bucket_and_each_bucket_its_count() -> None:
    """In the order of the reports; what is not known is null."""
    machine = known_gpu("L4")
    short = Finding(code=Code.VRAM_LOW, severity=Severity.FAIL, message="too little")
    broken = Finding(code=Code.ENTRY_INVALID, severity=Severity.UNKNOWN, message="no entry")
    remedy = Remedy(changes={"batch_size": 1}, safe_bytes=18_000_000_000)
    reports = (
        Report(subject="org/broken", task="training", findings=(broken,)),
        Report(subject="org/large", task="training", findings=(short,), estimate=ESTIMATE, remedies=(remedy,)),
    )

    assert fits_document(Fits(task="training", hardware=machine, reports=reports)) == {
        "format": "mgr.fit/1",
        "task": "training",
        "hardware": machine_document(machine),
        "counts": {"runs": 0, "runs-with-changes": 1, "too-little": 0, "not-judged": 1},
        "models": [
            {
                "id": "org/broken",
                "bucket": "not-judged",
                "verdict": "unknown",
                "reason": "Could not be checked: no entry",
                "expected_gb": None,
                "safe_gb": None,
                "coarse": None,
                "remedies": [],
            },
            {
                "id": "org/large",
                "bucket": "runs-with-changes",
                "verdict": "fail",
                "reason": "too little",
                "expected_gb": 20.0,
                "safe_gb": 22.0,
                "coarse": False,
                "remedies": [{"changes": {"batch_size": 1}, "safe_gb": 18.0, "verdict": "ok"}],
            },
        ],
    }
