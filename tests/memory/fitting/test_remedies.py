"""The smallest changes with which a card is enough."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry import load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.entries.settings.merging import Layer, merge
from model_garden_registry.entries.settings.task_settings import OriginKind
from model_garden_registry.findings import Verdict
from model_garden_registry.memory.estimation import estimate
from model_garden_registry.memory.fitting.budgets import Measure, fits
from model_garden_registry.memory.fitting.levers import SHORTEST_SERVED, SHORTEST_TRAINED
from model_garden_registry.memory.fitting.remedies import find_remedies
from model_garden_registry.units import GB

REGISTRY = load_registry(bundled_registry())
LLAMA = "meta-llama/Llama-3.1-8B-Instruct"
TRAINED = [entry for entry in REGISTRY.values() if entry.training_defaults]


def changes_for(model_id: str, task: Any, *, card_gb: float, gpus: int = 16, **overrides: Any) -> list[dict[str, Any]]:
    """Give the changes of every remedy."""
    settings = merge(REGISTRY[model_id], task, Layer(overrides))
    found = find_remedies(REGISTRY[model_id], settings, gpu_total_bytes=round(card_gb * GB), at_most_gpus=gpus)
    return [dict(remedy.changes) for remedy in found]


def test_what_fits_needs_no_remedy() -> None:
    """Nothing is suggested."""
    assert changes_for(LLAMA, "training", card_gb=80) == []


def test_what_never_fits_has_no_remedy() -> None:
    """Not even everything together is enough."""
    assert changes_for("deepseek-ai/DeepSeek-V3", "inference", card_gb=24) == []


def test_a_smaller_batch_is_made_up_for_by_accumulation() -> None:
    """The largest batch that has room and divides the effective one."""
    first = changes_for(LLAMA, "training", card_gb=24, gpus=1, batch_size=16, gradient_accumulation_steps=1)[0]

    assert first["batch_size"] * first["gradient_accumulation_steps"] == 16
    assert sorted(first) == ["batch_size", "gradient_accumulation_steps"]


def test_cheaper_changes_come_first() -> None:
    """Batch, then length, then method, then GPUs, each alone where it is enough alone."""
    found = changes_for(LLAMA, "training", card_gb=21, batch_size=3, gradient_accumulation_steps=1)

    assert [sorted(changes) for changes in found] == [
        ["batch_size", "gradient_accumulation_steps"],
        ["max_seq_length"],
        ["method"],
        ["n_gpus", "sharding"],
    ]


def test_a_change_that_is_not_enough_is_combined_with_cheaper_ones() -> None:
    """Neither a batch of one nor a short sequence has room alone, both together have; QLoRA needs a smaller batch."""
    found = changes_for(LLAMA, "training", card_gb=22, gpus=1, batch_size=16, stack="trl", loss="full")

    assert [sorted(changes) for changes in found] == [
        ["batch_size", "gradient_accumulation_steps", "max_seq_length"],
        ["batch_size", "gradient_accumulation_steps", "method"],
    ]


def test_full_training_becomes_an_adapter_before_weights_are_quantised() -> None:
    """LoRA where it has room, QLoRA only where it has not."""
    methods = [changes_for(LLAMA, "training", card_gb=size, gpus=1, method="full")[-1]["method"] for size in (24, 16)]

    assert methods == ["lora", "qlora"]


def test_quantised_weights_are_not_quantised_again() -> None:
    """An entry that is quantised as published has no other method."""
    found = changes_for("unsloth/llama-3-8b-bnb-4bit", "training", card_gb=12, gpus=1, batch_size=8)

    assert all("method" not in changes for changes in found)


def test_a_larger_share_costs_nothing() -> None:
    """Where vLLM is held to less than it may take, that is the first to go."""
    found = changes_for(LLAMA, "inference", card_gb=24, gpus=1, gpu_memory_utilization=0.7)

    assert found[0] == {"gpu_memory_utilization": 0.0}


def test_fewer_sequences_at_once_come_before_shorter_ones() -> None:
    """As many as there is room for, at the length that was asked for."""
    found = changes_for(
        LLAMA, "inference", card_gb=24, gpus=1, max_model_len=4096, gpu_memory_utilization=0.9, concurrent=64
    )

    assert [sorted(changes) for changes in found] == [["concurrent"]]
    assert found[0]["concurrent"] > 1


def test_weights_that_exceed_the_card_are_split() -> None:
    """Over as many GPUs as divide the heads and have room."""
    assert changes_for(LLAMA, "inference", card_gb=16) == [{"tensor_parallel_size": 2}]


def test_copies_on_every_gpu_become_a_split() -> None:
    """More GPUs that each hold everything do not help; splitting over the same number does."""
    split = {"gpus": 2, "n_gpus": 2, "sharding": "none", "stack": "trl", "batch_size": 1}
    found = changes_for(LLAMA, "training", card_gb=80, **split, method="full")

    assert {"sharding": "zero3"} in found


@pytest.mark.parametrize(
    ("card_gb", "promised"),
    [
        pytest.param(9.1, Verdict.OK, id="room for safe"),
        pytest.param(8.4, Verdict.WARNING, id="room for expected only"),
        pytest.param(8.1, Verdict.WARNING, id="a hair less than expected"),
        pytest.param(8.0, None, id="more than a hair less"),
    ],
)
def test_where_nothing_is_safe_a_change_that_is_likely_enough_promises_a_warning(
    card_gb: float, promised: Verdict | None
) -> None:
    """QLoRA of eight billion parameters over the shortest sequence is expected to take 8.20 GB, 9.02 to be safe."""
    entry = REGISTRY["Qwen/Qwen3-8B"]
    settings = merge(entry, "training", Layer({"max_seq_length": SHORTEST_TRAINED, "batch_size": 1}))
    found = find_remedies(entry, settings, gpu_total_bytes=round(card_gb * GB), at_most_gpus=1)

    assert [(dict(remedy.changes), remedy.verdict) for remedy in found] == (
        [({"method": "qlora"}, promised)] if promised else []
    )


def test_what_is_likely_enough_as_it_is_has_no_remedy_but_a_safe_one() -> None:
    """A warning is not cured by another."""
    entry = REGISTRY["Qwen/Qwen3-8B"]
    settings = merge(entry, "training", Layer({"method": "qlora", "max_seq_length": SHORTEST_TRAINED, "batch_size": 1}))
    likely = estimate(entry, settings).expected_bytes

    assert [*find_remedies(entry, settings, gpu_total_bytes=likely + 1, at_most_gpus=1)] == []


@st.composite
def cases(draw: st.DrawFn) -> tuple[Any, Any, int, int]:
    """Draw an entry, settings, a card and how many of them there are."""
    task = draw(st.sampled_from(["training", "inference"]))
    entry = draw(st.sampled_from(TRAINED))
    training = {
        "batch_size": st.integers(1, 64),
        "gradient_accumulation_steps": st.integers(1, 5),
        "max_seq_length": st.sampled_from([256, 2048, 8192, 32768]),
        "method": st.sampled_from(["lora", "qlora"] if entry.is_quantized else ["full", "lora", "qlora"]),
        "stack": st.sampled_from(["trl", "unsloth"]),
    }
    serving = {
        "max_model_len": st.sampled_from([1024, 8192, 32768]),
        "concurrent": st.integers(1, 64),
        "gpu_memory_utilization": st.sampled_from([0.0, 0.5, 0.9]),
        "engine": st.sampled_from(["vllm", "transformers"]),
    }
    overrides = draw(st.fixed_dictionaries(training if task == "training" else serving))
    settings = merge(entry, task, Layer(overrides))
    return entry, settings, draw(st.integers(4, 100)) * GB, draw(st.sampled_from([1, 2, 8]))


@given(case=cases())
def test_a_remedy_applied_fits_and_needs_what_it_says(case: tuple[Any, Any, int, int]) -> None:
    """Given back as overrides, as a user would: room for safe where it promises ok, else for expected but a hair."""
    entry, settings, total, gpus = case
    task = "training" if hasattr(settings, "method") else "inference"
    chosen = {name for name, origin in settings.origins.items() if origin.kind is OriginKind.OVERRIDE}
    asked = Layer({name: value for name, value in settings.as_dict().items() if name in chosen})
    for remedy in find_remedies(entry, settings, gpu_total_bytes=total, at_most_gpus=gpus):
        applied = merge(entry, task, asked, Layer(remedy.changes))  # type: ignore[call-overload]

        measure = Measure.SAFE if remedy.verdict is Verdict.OK else Measure.BORDERLINE
        assert fits(entry, applied, gpu_total_bytes=total, measure=measure)
        assert estimate(entry, applied, gpu_total_bytes=total).safe_bytes == remedy.safe_bytes


@given(case=cases())
def test_no_remedy_contains_another(case: tuple[Any, Any, int, int]) -> None:
    """What is changed in one is never all, and more than all, of what is changed in another."""
    entry, settings, total, gpus = case
    changed = [
        set(remedy.changes) for remedy in find_remedies(entry, settings, gpu_total_bytes=total, at_most_gpus=gpus)
    ]

    assert not [names for names in changed if any(other < names for other in changed)]


@given(case=cases())
def test_a_remedy_keeps_the_effective_batch_and_a_useful_length(case: tuple[Any, Any, int, int]) -> None:
    """Sequences that count in one step stay as many; none becomes shorter than is worth training or serving."""
    entry, settings, total, gpus = case
    for remedy in find_remedies(entry, settings, gpu_total_bytes=total, at_most_gpus=gpus):
        changed = {**settings.as_dict(), **remedy.changes}
        if "batch_size" in changed:
            assert (
                changed["batch_size"] * changed["gradient_accumulation_steps"]
                == settings.batch_size * settings.gradient_accumulation_steps
            )
            assert changed["max_seq_length"] >= min(SHORTEST_TRAINED, settings.max_seq_length)
        else:
            assert changed["max_model_len"] >= min(SHORTEST_SERVED, settings.max_model_len)
