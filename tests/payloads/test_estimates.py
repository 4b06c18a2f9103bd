"""What a task takes, as JSON documents."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from model_garden_registry import known_gpu, load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.checks.assessment import Assessment
from model_garden_registry.checks.sweeping import Sweep, SweepPoint
from model_garden_registry.entries.tasks import Task
from model_garden_registry.errors import UnsupportedTaskError
from model_garden_registry.families.stacks import stack_of
from model_garden_registry.findings import Code, Finding, Severity
from model_garden_registry.hardware.gpus import Hardware
from model_garden_registry.memory.estimates import PARTS, CacheCapacity, MemoryEstimate
from model_garden_registry.payloads.estimates import estimate_document, sweep_document
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
MEMORY = {
    "expected_gb": 2.001,
    "safe_gb": 2.201,
    "per_gpu": True,
    "parts_gb": PARTS_GB,
    "error_band": 0.13,
    "not_modelled": [],
    "cache": None,
}
REPORT = Report(
    subject=MODEL,
    task="training",
    findings=(Finding(code=Code.VRAM_LOW, severity=Severity.FAIL, message="too little"),),
)


def assessed(task: Task, *, hardware: Hardware | None) -> Assessment:
    """Assess a shipped model."""
    return load_registry(bundled_registry()).assess(MODEL, task, hardware=hardware)


def test_memory_is_in_decimal_gigabytes_with_every_part() -> None:
    """As in a report; parts that are nothing are there too."""
    assert memory_document(ESTIMATE) == MEMORY


def test_the_cache_is_as_the_log_of_the_engine_has_it() -> None:
    """Where a GPU is known."""
    cache = CacheCapacity(pool_bytes=6_450_000_001, tokens=569_878, concurrency=4.3478, blocks=300, most_sequences=300)

    assert memory_document(replace(ESTIMATE, cache=cache))["cache"] == {
        "pool_gb": 6.45,
        "tokens": 569_878,
        "concurrency": 4.35,
        "blocks": 300,
        "most_sequences": 300,
    }


def test_an_estimate_carries_what_it_stands_on() -> None:
    """Settings, assumptions, and how far off it may be."""
    found = assessed("training", hardware=None)
    estimate = found.estimate
    assert estimate is not None

    assert estimate_document(found) == {
        "format": "mgr.estimate/1",
        "id": MODEL,
        "task": "training",
        "method": "qlora",
        "stack": "unsloth",
        "stack_version": stack_of("unsloth").version,
        "split": {"gpus": 1, "how": "none", "chosen": False},
        **memory_document(estimate),
        "margin": 0.1,
        "coarse": False,
        "assumptions": list(estimate.assumptions),
        "settings": found.settings.as_dict() if found.settings else None,
    }


def test_an_estimate_for_named_hardware_has_its_report_and_what_fits_there() -> None:
    """The report is that of `mgr validate`."""
    found = assessed("inference", hardware=known_gpu("L4"))
    assert found.most is not None

    document = estimate_document(found)

    assert {key: document[key] for key in ("report", "room", "fewest_gpus")} == {
        "report": report_document(found.report),
        "room": dict(found.most),
        "fewest_gpus": found.fewest_gpus,
    }


def test_an_estimate_needs_settings() -> None:
    """A model that cannot be trained has none for training."""
    found = load_registry(bundled_registry()).assess("deepseek-ai/DeepSeek-V3.2", "training", hardware=None)

    with pytest.raises(UnsupportedTaskError):
        estimate_document(found)


def test_a_sweep_has_a_point_for_each_value() -> None:
    """With a verdict where hardware is named."""
    settings = load_registry(bundled_registry()).settings(MODEL, "training")
    same: dict[str, Any] = {"tool": "Owl 1.0", "estimate": ESTIMATE, "settings": settings, "share": 1.0}
    points = (
        SweepPoint(value=1024, report=None, refusals=(), **same),
        SweepPoint(value=2048, report=REPORT, refusals=("too little",), **same),
    )
    swept = Sweep(subject=MODEL, task="training", setting="max_seq_length", points=points)

    assert sweep_document(swept) == {
        "format": "mgr.sweep/1",
        "id": MODEL,
        "task": "training",
        "setting": "max_seq_length",
        "points": [
            {"value": 1024, "tool": "Owl 1.0", **MEMORY},
            {"value": 2048, "tool": "Owl 1.0", **MEMORY, "verdict": "fail"},
        ],
    }
