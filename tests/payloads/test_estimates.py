"""An estimate as a JSON document."""

from __future__ import annotations

from typing import Any

from model_garden_registry import load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.checks.sweeping import Sweep, SweepPoint
from model_garden_registry.findings import Code, Finding, Severity
from model_garden_registry.memory.estimates import PARTS, MemoryEstimate
from model_garden_registry.payloads.estimates import estimate_document, sweep_document
from model_garden_registry.payloads.memory import memory_document
from model_garden_registry.payloads.reports import report_document
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
MEMORY = {"expected_gb": 2.001, "safe_gb": 2.201, "per_gpu": True, "parts_gb": PARTS_GB}
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
        **MEMORY,
        "margin": 0.1,
        "error_band": 0.13,
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
