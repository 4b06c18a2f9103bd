"""What a verdict offers is kept: each remedy, applied and validated again, gives what it promised."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry import known_gpu, load_registry
from model_garden_registry.entries.tasks import Task
from model_garden_registry.findings import Verdict
from model_garden_registry.hardware.gpus import Gpu, Hardware
from model_garden_registry.units import GB

REGISTRY = load_registry()
#: Too much for most cards.
GREEDY = {
    "training": {"batch_size": 16, "max_seq_length": 4096},
    "inference": {"max_model_len": 131072, "concurrent": 8},
}


@pytest.mark.parametrize("gpu", ["T4", "L4", "RTX 4090:2", "A100-80GB", "8xH100"])
@pytest.mark.parametrize("task", ["training", "inference"])
def test_a_remedy_gives_the_verdict_that_it_promised(task: Task, gpu: str) -> None:
    """For every model of the registry that asks for too much, on one card and on several."""
    hardware = known_gpu(gpu)
    models = [model_id for model_id, entry in REGISTRY.items() if entry.supports(task)]
    reports = {
        model_id: REGISTRY.validate(model_id, task, overrides=GREEDY[task], hardware=hardware) for model_id in models
    }

    offered = [(model_id, remedy) for model_id, report in reports.items() for remedy in report.remedies]
    kept = [
        REGISTRY.validate(model_id, task, overrides={**GREEDY[task], **remedy.changes}, hardware=hardware).verdict
        for model_id, remedy in offered
    ]

    assert kept == [remedy.verdict for _, remedy in offered]
    assert all(verdict.is_valid for verdict in kept)


def test_a_batch_that_is_too_large_is_cured_by_a_smaller_one() -> None:
    """The smallest change that passes comes first, and keeps the effective batch."""
    report = REGISTRY.validate("Qwen/Qwen3-8B", "training", overrides={"batch_size": 16}, hardware=known_gpu("L4"))

    assert report.verdict is Verdict.FAIL
    first = report.remedies[0]
    accumulated = REGISTRY["Qwen/Qwen3-8B"].get_training_hyperparameters()["gradient_accumulation_steps"]
    assert set(first.changes) == {"batch_size", "gradient_accumulation_steps"}
    assert first.changes["batch_size"] * first.changes["gradient_accumulation_steps"] == 16 * accumulated
    assert (first.safe_bytes <= 23034 * 2**20, first.verdict) == (True, Verdict.OK)


@pytest.mark.parametrize(
    ("model_id", "task", "gpu", "overrides", "changed"),
    [
        pytest.param(
            "Qwen/Qwen3-8B", "training", "RTX 4060", {"batch_size": 1}, {"method"}, id="another method, a small card"
        ),
        pytest.param(
            "microsoft/phi-4",
            "inference",
            "RTX 5090",
            {},
            {"gpu_memory_utilization", "max_model_len"},
            id="a larger share, and a shorter context",
        ),
        pytest.param(
            "upstage/SOLAR-10.7B-Instruct-v1.0",
            "inference",
            "RTX 4090",
            {},
            {"gpu_memory_utilization"},
            id="a larger share",
        ),
        pytest.param(
            *("unsloth/DeepSeek-R1-Distill-Qwen-14B-bnb-4bit", "training", "RTX 4070", {}, {"max_seq_length"}),
            id="a shorter sequence",
        ),
    ],
)
def test_where_nothing_is_safe_what_passes_with_a_warning_is_offered(
    model_id: str, task: Task, gpu: str, overrides: dict[str, Any], changed: set[str]
) -> None:
    """Cards that a model does not fit as it is, and with no change safely."""
    hardware = known_gpu(gpu)
    report = REGISTRY.validate(model_id, task, overrides=overrides, hardware=hardware)
    (remedy,) = report.remedies
    again = REGISTRY.validate(model_id, task, overrides={**overrides, **remedy.changes}, hardware=hardware)

    assert (report.verdict, set(remedy.changes)) == (Verdict.FAIL, changed)
    assert (remedy.verdict, again.verdict) == (Verdict.WARNING, Verdict.WARNING)


@pytest.mark.parametrize(
    "gpu", [pytest.param("H200", id="it fits"), pytest.param("GTX 1060 6GB", id="no setting helps")]
)
def test_nothing_is_offered(gpu: str) -> None:
    """Where nothing is wrong, or where the card lacks what no setting replaces."""
    report = REGISTRY.validate("Qwen/Qwen3-8B", "training", overrides={"batch_size": 16}, hardware=known_gpu(gpu))

    assert report.remedies == ()


def test_what_fails_for_another_reason_gets_no_remedy() -> None:
    """A deprecated model stays one, whatever its settings."""
    report = REGISTRY.validate(
        "Qwen/Qwen2-VL-7B-Instruct", "training", overrides={"batch_size": 64}, hardware=known_gpu("L4")
    )

    assert (report.verdict, report.remedies) == (Verdict.FAIL, ())


TRAINING = {
    "batch_size": st.integers(1, 64),
    "max_seq_length": st.sampled_from([256, 2048, 8192, 32768]),
    "method": st.sampled_from(["lora", "qlora"]),
    "stack": st.sampled_from(["trl", "unsloth", "axolotl"]),
    "attn_implementation": st.sampled_from(["eager", "sdpa"]),
    "n_gpus": st.integers(1, 4),
    "sharding": st.sampled_from(["none", "zero2", "zero3", "device_map"]),
}
INFERENCE = {
    "max_model_len": st.sampled_from([1024, 8192, 32768]),
    "concurrent": st.integers(1, 64),
    "gpu_memory_utilization": st.sampled_from([0.0, 0.5, 0.9]),
    "engine": st.sampled_from(["vllm", "sglang", "transformers"]),
    "tensor_parallel_size": st.sampled_from([1, 2, 4]),
}


@given(
    model_id=st.sampled_from(sorted(REGISTRY)),
    asked=st.tuples(st.just("training"), st.fixed_dictionaries({}, optional=TRAINING))
    | st.tuples(st.just("inference"), st.fixed_dictionaries({}, optional=INFERENCE)),
    total_bytes=st.integers(4 * GB, 100 * GB),
    count=st.sampled_from([1, 2, 8]),
)
def test_every_remedy_gives_what_it_promised(
    model_id: str, asked: tuple[Task, dict[str, Any]], total_bytes: int, count: int
) -> None:
    """Whatever was asked for, on cards of any size: the verdict, and the memory that is needed then."""
    task, overrides = asked
    if not REGISTRY[model_id].supports(task):
        return
    gpus = (Gpu(index=index, name="GPU", total_bytes=total_bytes, compute_capability=(9, 0)) for index in range(count))
    hardware = Hardware(source="file", gpus=tuple(gpus))
    offered = REGISTRY.validate(model_id, task, overrides=overrides, hardware=hardware).remedies
    applied = [
        REGISTRY.validate(model_id, task, overrides={**overrides, **remedy.changes}, hardware=hardware)
        for remedy in offered
    ]

    assert [(report.verdict, report.estimate and report.estimate.safe_bytes) for report in applied] == [
        (remedy.verdict, remedy.safe_bytes) for remedy in offered
    ]
