"""Measurements that an entry states, each beside the estimate for the same run."""

from __future__ import annotations

from typing import Any

import pytest
from small_llama import SHAPE
from sound_entry import without_shape

from model_garden_registry import ModelInfo, get_registry
from model_garden_registry.checks.evidence import Evidence, evidence_of
from model_garden_registry.entries.settings.merging import merge
from model_garden_registry.families.engines import engine_package
from model_garden_registry.families.stacks import stack_package
from model_garden_registry.units import GIB

TRAINING = {
    "name": "GPU memory",
    "value": 8,
    "unit": "GiB",
    "source": "a notebook",
    "as_of": "2026-01",
    "task": "training",
    "stack": "unsloth",
    "quantity": "peak_reserved",
    "gpu": "L4",
    "settings": {"batch_size": 2, "method": "lora"},
}
SERVING = {
    "name": "GPU memory",
    "value": 4,
    "unit": "GB",
    "source": "a page",
    "as_of": "2026-01",
    "task": "inference",
    "engine": "transformers",
    "quantity": "peak_allocated",
    "settings": {"max_num_seqs": 1},
    "conditions": "one request: 100 tokens of prompt, 20 new ones",
}


def evidence(result: dict[str, Any], **more: Any) -> tuple[Evidence, ...]:
    """Return the evidence of an entry with one result."""
    entry = {**without_shape(), "architecture": SHAPE, "benchmarks": [result], **more}
    return evidence_of(ModelInfo.model_validate(entry))


@pytest.mark.parametrize(
    ("result", "measured_bytes"),
    [
        pytest.param(TRAINING, 8 * GIB, id="training, reserved"),
        pytest.param({**TRAINING, "quantity": "peak_allocated"}, 8 * GIB, id="training, allocated"),
        pytest.param(
            {**TRAINING, "stack": "trl", "settings": {"gradient_checkpointing": False}, "unit": "MiB", "value": 8192},
            8 * GIB,
            id="checkpointing is stated",
        ),
        pytest.param(SERVING, 4 * 10**9, id="serving"),
        pytest.param({**SERVING, "gpu": "1x A100"}, 4 * 10**9, id="one GPU, said so"),
    ],
)
def test_a_run_is_estimated_as_it_was(result: dict[str, Any], measured_bytes: int) -> None:
    """In bytes, with the difference as a share of the measurement."""
    (one,) = evidence(result)

    assert (one.measured_bytes, one.why_not) == (measured_bytes, None)
    assert one.expected_bytes is not None
    assert one.difference == one.expected_bytes / measured_bytes - 1


def test_what_is_counted_decides() -> None:
    """Reserved memory is more than allocated memory; a longer request takes more."""
    reserved, allocated = (evidence({**TRAINING, "quantity": f"peak_{name}"})[0] for name in ("reserved", "allocated"))
    short, long = (
        evidence({**SERVING, "conditions": f"one request: {prompt} tokens of prompt, 20 new ones"})[0]
        for prompt in (1, 10000)
    )

    assert (reserved.expected_bytes or 0) > (allocated.expected_bytes or 0) > 0
    assert (long.expected_bytes or 0) > (short.expected_bytes or 0) > 0


def test_a_run_on_one_gpu_is_estimated_on_one() -> None:
    """Whatever number of GPUs the entry's own defaults have; a result states more as "4x A100"."""
    entry = get_registry()["nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16"]
    (one,) = (found for found in evidence_of(entry, "training") if not found.why_not)

    assert merge(entry, "training").n_gpus > 1
    assert abs(one.difference or 1) < 0.12


@pytest.mark.parametrize(
    ("result", "estimated_as"),
    [
        pytest.param({**TRAINING, "version": "2026.10.9"}, None, id="a known release"),
        pytest.param({**TRAINING, "version": "2024.10.0"}, stack_package("unsloth").oldest, id="older than any known"),
        pytest.param({**SERVING, "version": "0.1"}, engine_package("transformers").oldest, id="of an engine"),
        pytest.param({**TRAINING, "version": "nightly"}, None, id="no number"),
        pytest.param({**SERVING, "engine": None, "version": "4.46"}, None, id="an unnamed engine"),
        pytest.param(TRAINING, None, id="not stated"),
    ],
)
def test_a_run_is_estimated_for_its_release(result: dict[str, Any], estimated_as: str | None) -> None:
    """One older than any whose facts are known counts as the oldest of them, and says so."""
    (one,) = evidence(result)

    assert (one.estimated_as, one.why_not) == (estimated_as, None)


def test_a_release_decides() -> None:
    """Unsloth kept all logits for the loss until September 2026."""
    old, new = (evidence({**TRAINING, "version": version})[0].expected_bytes for version in ("2025.1", "2026.10.9"))

    assert (old or 0) > (new or 0) > 0


@pytest.mark.parametrize(
    ("result", "why_not"),
    [
        pytest.param({**TRAINING, "quantity": "loaded_reserved"}, "no estimate is of this quantity", id="loaded"),
        pytest.param({**TRAINING, "gpu": "4x A100"}, "it does not state how the GPUs shared it", id="several GPUs"),
        pytest.param(
            {**TRAINING, "stack": "axolotl"},
            "it does not state gradient_checkpointing",
            id="a stack that may or may not",
        ),
        pytest.param({**TRAINING, "stack": None}, "it does not state gradient_checkpointing", id="an unknown stack"),
        pytest.param({**SERVING, "conditions": "busy"}, "it does not state the length of the request", id="no length"),
        pytest.param(
            {**TRAINING, "settings": {"batch_siz": 1}},
            "the entry or its settings do not allow it",
            id="no such setting",
        ),
    ],
)
def test_what_cannot_be_compared_says_why(result: dict[str, Any], why_not: str) -> None:
    """There is no estimate then."""
    (one,) = evidence(result)

    assert (one.expected_bytes, one.difference, one.why_not) == (None, None, why_not)


@pytest.mark.parametrize(
    "result",
    [
        {**TRAINING, "task": None},
        {**TRAINING, "unit": "tokens/s"},
        {**TRAINING, "value": 0},
        {"name": "MMLU", "value": 71.2, "unit": "%", "source": "model card", "as_of": "2026-01"},
    ],
)
def test_what_is_no_measurement_of_memory_is_left_out(result: dict[str, Any]) -> None:
    """Scores, speeds."""
    assert evidence(result) == ()


def test_an_entry_without_a_shape_gives_no_estimate() -> None:
    """A guess would prove nothing."""
    (one,) = evidence(TRAINING, architecture=None)

    assert one.why_not == "the entry or its settings do not allow it"


def test_only_one_task_may_be_asked_for() -> None:
    """As a page of one estimate does."""
    entry = ModelInfo.model_validate({**without_shape(), "architecture": SHAPE, "benchmarks": [TRAINING, SERVING]})

    assert [one.result.task for one in evidence_of(entry, "training")] == ["training"]
    assert len(evidence_of(entry)) == 2


@pytest.mark.sweep
def test_the_shipped_measurements_of_serving_are_near() -> None:
    """Every request that states its length: within two percent."""
    found = [one for entry in get_registry().values() for one in evidence_of(entry, "inference") if not one.why_not]

    assert len(found) > 20
    assert max(abs(one.difference or 0) for one in found) < 0.02


def test_quantised_experts_of_an_old_release_are_not_compared() -> None:
    """Whether a release quantised them decides more than half of the memory."""
    mixture = get_registry()["google/gemma-4-26B-A4B-it"]
    found = [one for one in evidence_of(mixture) if one.result.quantity == "peak_reserved"]

    assert [one.why_not for one in found] == [
        "experts are quantised by release, and its release is older than those that are known"
    ]


@pytest.mark.sweep
def test_the_shipped_measurements_of_training_are_near() -> None:
    """All but two within twelve percent, though the lengths of the texts decide as well."""
    found = [one for entry in get_registry().values() for one in evidence_of(entry, "training") if not one.why_not]
    near = [one for one in found if abs(one.difference or 0) < 0.12]

    assert len(found) >= 16
    assert len(near) >= len(found) - 2
    assert max(abs(one.difference or 0) for one in found) < 0.35
