"""What a verdict offers is kept: each remedy, applied and validated again, gives what it promised."""

from __future__ import annotations

import pytest

from model_garden_registry import known_gpu, load_registry
from model_garden_registry.entries.tasks import Task
from model_garden_registry.findings import Verdict

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
    assert set(first.changes) == {"batch_size", "gradient_accumulation_steps"}
    assert first.changes["batch_size"] * first.changes["gradient_accumulation_steps"] == 16 * 8
    assert (first.safe_bytes <= 23034 * 2**20, first.verdict) == (True, Verdict.OK)


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
