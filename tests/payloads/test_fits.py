"""What runs on which hardware, as JSON documents."""

from __future__ import annotations

import pytest

from model_garden_registry import ModelRegistry, known_gpu, load_registry, parse_inventory
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.checks.buckets import Fits
from model_garden_registry.findings import Code, Finding, Severity
from model_garden_registry.memory.estimates import PARTS, MemoryEstimate
from model_garden_registry.memory.fitting.remedies import Remedy
from model_garden_registry.payloads.fits import fit_document, fits_document, plan_document
from model_garden_registry.payloads.hardware import machine_document
from model_garden_registry.reports import Report

LARGE = MemoryEstimate(
    task="training",
    parts={**dict.fromkeys(PARTS, 0), "weights": 20_000_000_000},
    margin=0.1,
    error_band=0.13,
)


@pytest.fixture(scope="module")
def registry() -> ModelRegistry:
    """Give the shipped registry."""
    return load_registry(bundled_registry())


def test_every_model_has_its_bucket_and_each_bucket_its_count(registry: ModelRegistry) -> None:
    """The best bucket first; what is not known is null."""
    machine = known_gpu("L4:2")
    short = Finding(code=Code.VRAM_LOW, severity=Severity.FAIL, message="too little")
    broken = Finding(code=Code.ENTRY_INVALID, severity=Severity.UNKNOWN, message="no entry")
    remedy = Remedy(changes={"batch_size": 1}, safe_bytes=18_000_000_000)
    row = registry.rows()[0]
    reports = (
        Report(subject="org/broken", task="training", findings=(broken,)),
        Report(subject="org/large", task="training", findings=(short,), estimate=LARGE, remedies=(remedy,)),
    )
    fits = Fits(
        task="training",
        hardware=machine,
        rows=tuple(row._replace(id=report.subject) for report in reports),
        verdicts=tuple(report.verdict for report in reports),
        judge=lambda place: (reports[place], None),
    )

    unset = dict.fromkeys(
        ("split", "method", "stack", "stack_version", "batch_size", "max_seq_length", "gpu_gb", "share")
    )
    document = {
        "format": "mgr.fit/1",
        "task": "training",
        "hardware": machine_document(machine),
        "counts": {"runs": 0, "runs-with-changes": 1, "does-not-run": 0, "not-judged": 1},
        "models": [
            {
                "id": "org/large",
                "parameters": "1.1B",
                "bucket": "runs-with-changes",
                "verdict": "fail",
                "reason": "too little",
                "gpu": "L4",
                "gpus": {"used": None, "there": 2},
                **unset,
                "expected_gb": 20.0,
                "safe_gb": 22.0,
                "coarse": False,
                "remedies": [{"changes": {"batch_size": 1}, "safe_gb": 18.0, "verdict": "ok"}],
            },
            {
                "id": "org/broken",
                "parameters": "1.1B",
                "bucket": "not-judged",
                "verdict": "unknown",
                "reason": "Could not be checked: no entry",
                "gpu": "L4",
                "gpus": {"used": None, "there": 2},
                **unset,
                "expected_gb": None,
                "safe_gb": None,
                "coarse": None,
                "remedies": [],
            },
        ],
    }
    assert fit_document(fits) == document
    assert fit_document(fits, most=1) == {**document, "models": document["models"][:1]}
    assert fits_document([fits, fits]) == {"format": "mgr.fits/1", "task": "training", "fits": [document, document]}


def test_a_row_says_on_what_and_for_which_load(registry: ModelRegistry) -> None:
    """Stack or engine with its release, batch or context, the memory of each GPU and the share of it that is safe."""
    model = "Qwen/Qwen3-4B"
    (training,) = fit_document(registry.fit("training", hardware=known_gpu("RTX 4090"), ids=[model]))["models"]
    (serving,) = fit_document(registry.fit("inference", hardware=known_gpu("A100"), ids=[model]))["models"]

    assert (training["stack"], training["method"], training["gpus"]) == ("unsloth", "lora", {"used": 1, "there": 1})
    assert (training["batch_size"], training["max_seq_length"]) == (4, 2048)
    assert training["gpu_gb"] == 25.757
    assert training["share"] == pytest.approx(training["safe_gb"] / training["gpu_gb"], abs=1e-4)
    assert (serving["engine"], serving["assumed"]["sequences"]) == ("vllm", 1)
    assert serving["gpu"] == "A100 40GB or A100 80GB"


def test_a_plan_has_its_choices_and_why_others_do_not_do(registry: ModelRegistry) -> None:
    """Least memory first; the total counts what is left out."""
    plan = registry.plan("inference", "Qwen/Qwen3-32B", gpus=["L4", "H100 SXM5 80GB"])
    document = plan_document(plan, most=1)

    assert (document["format"], document["id"], document["task"]) == ("mgr.plan/1", "Qwen/Qwen3-32B", "inference")
    assert document["total"] == len(plan.choices) > 1
    assert "x L4 (GPU 0-1) has 24.15 GB" in document["refused"]
    (choice,) = document["choices"]
    assert (choice["gpu"], choice["count"], choice["total_gb"]) == ("H100 SXM5 80GB", 1, 85.521)
    assert (choice["verdict"], choice["engine"], choice["split"]["gpus"]) == ("ok", "vllm", 1)
    assert choice["share"] == pytest.approx(choice["safe_gb"] / choice["gpu_gb"], abs=1e-4)


def test_a_plan_of_a_cluster_names_pools(registry: ModelRegistry) -> None:
    """Of each choice, and those without one."""
    keys = {"nodes": [{"name": name, "pool": name, "hardware": name} for name in ("L4:2", "T4")]}
    document = plan_document(registry.plan_pools("inference", "Qwen/Qwen3-8B", parse_inventory(keys)))

    assert [(one["pool"], one["gpu"], one["count"], one["total_gb"]) for one in document["choices"]] == [
        ("L4:2", "L4", 1, 24.153),
        ("L4:2", "L4", 2, 48.306),
    ]
    (refused,) = document["refused_pools"]
    assert (refused["pool"], refused["reason"]) == ("T4", document["refused"])
