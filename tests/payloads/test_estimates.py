"""What a task takes, and what runs on some hardware, as JSON documents."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from model_garden_registry import known_gpu, load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.checks.buckets import Fits
from model_garden_registry.checks.sweeping import Sweep, SweepPoint
from model_garden_registry.findings import Code, Finding, Severity
from model_garden_registry.memory.estimates import PARTS, MemoryEstimate
from model_garden_registry.memory.fitting.remedies import Remedy
from model_garden_registry.payloads.estimates import estimate_document, fits_document, sweep_document
from model_garden_registry.payloads.hardware import machine_document
from model_garden_registry.payloads.reports import memory_document, report_document
from model_garden_registry.reports import Report

MODEL = "unsloth/tinyllama-bnb-4bit"
PARTS_GB = {**dict.fromkeys(PARTS, 0.0), "weights": 1.5, "overhead": 0.501}
ESTIMATE = MemoryEstimate(
    task="training",
    parts={**dict.fromkeys(PARTS, 0), "weights": 1_500_000_000, "overhead": 500_500_001},
    assumptions=("every sequence is long",),
    margin=0.1,
    error_band=0.13,
)
MEMORY = {"expected_gb": 2.001, "safe_gb": 2.201, "per_gpu": True, "parts_gb": PARTS_GB, "error_band": 0.13}
LARGE = replace(ESTIMATE, parts={**dict.fromkeys(PARTS, 0), "weights": 20_000_000_000})
REPORT = Report(
    subject=MODEL,
    task="training",
    findings=(Finding(code=Code.VRAM_LOW, severity=Severity.FAIL, message="too little"),),
)


def settings() -> Any:
    """Merge the settings of a model."""
    return load_registry(bundled_registry()).settings(MODEL, "training")


def test_memory_is_in_decimal_gigabytes_with_every_part() -> None:
    """As in a report; parts that are nothing are there too."""
    assert memory_document(ESTIMATE) == MEMORY


def test_an_estimate_carries_what_it_stands_on() -> None:
    """Settings, assumptions, and how far off it may be."""
    assert estimate_document(MODEL, "training", settings(), ESTIMATE) == {
        "format": "mgr.estimate/1",
        "id": MODEL,
        "task": "training",
        "method": "qlora",
        "stack": "unsloth",
        "split": {"gpus": 1, "how": "none", "chosen": False},
        **MEMORY,
        "margin": 0.1,
        "coarse": False,
        "assumptions": ["every sequence is long"],
        "settings": settings().as_dict(),
    }


def test_an_estimate_for_named_hardware_has_its_report_and_the_room_there() -> None:
    """The report is that of `mgr validate`."""
    there = {"room": {"batch_size": None}, "fewest_gpus": 2}
    document = estimate_document(MODEL, "training", settings(), ESTIMATE, report=REPORT, **there)

    assert {key: document[key] for key in ("report", *there)} == {"report": report_document(REPORT), **there}


def test_a_sweep_has_a_point_for_each_value() -> None:
    """With a verdict where hardware is named."""
    points = (
        SweepPoint(value=1024, estimate=ESTIMATE, report=None, refusals=()),
        SweepPoint(value=2048, estimate=ESTIMATE, report=REPORT, refusals=("too little",)),
    )
    swept = Sweep(subject=MODEL, task="training", setting="max_seq_length", points=points)

    assert sweep_document(swept) == {
        "format": "mgr.sweep/1",
        "id": MODEL,
        "task": "training",
        "setting": "max_seq_length",
        "points": [{"value": 1024, **MEMORY}, {"value": 2048, **MEMORY, "verdict": "fail"}],
    }


def test_every_model_has_its_bucket_and_each_bucket_its_count() -> None:
    """In the order of the reports; what is not known is null."""
    machine = known_gpu("L4")
    short = Finding(code=Code.VRAM_LOW, severity=Severity.FAIL, message="too little")
    broken = Finding(code=Code.ENTRY_INVALID, severity=Severity.UNKNOWN, message="no entry")
    remedy = Remedy(changes={"batch_size": 1}, safe_bytes=18_000_000_000)
    reports = (
        Report(subject="org/broken", task="training", findings=(broken,)),
        Report(subject="org/large", task="training", findings=(short,), estimate=LARGE, remedies=(remedy,)),
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
