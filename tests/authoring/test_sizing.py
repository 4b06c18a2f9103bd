"""Lengths, batches and requirements for the machines that defaults are made to fit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry.authoring.drafting import unsized_entry
from model_garden_registry.authoring.facts import ModelFacts
from model_garden_registry.authoring.machines import MACHINES, Machine
from model_garden_registry.authoring.policy import inference_start, training_start
from model_garden_registry.authoring.sizing import (
    Sized,
    larger_of,
    ram_gb,
    size_inference,
    size_stated,
    size_training,
)
from model_garden_registry.entries.requirements import Quantization
from model_garden_registry.entries.settings.merging import Layer, merge
from model_garden_registry.memory.fitting.budgets import Measure, fits
from model_garden_registry.memory.fitting.gpu_sizes import gpu_bytes, smallest_gpu_gb

MakeFacts = Callable[..., ModelFacts]

#: Twenty thousand billion parameters: no host of eight serves or trains them.
TOO_LARGE = {"num_hidden_layers": 4000, "hidden_size": 16384, "intermediate_size": 65536, "parameters": None}


def trained(facts: ModelFacts, *, may_grow: bool = True) -> Sized | None:
    """Size the training of a model."""
    start = training_start(facts)
    assert start
    return size_training(unsized_entry(facts), start, may_grow=may_grow)


def served(facts: ModelFacts, *, may_grow: bool = True) -> Sized | None:
    """Size the serving of a model."""
    return size_inference(unsized_entry(facts), inference_start(facts), may_grow=may_grow)


def test_machines_are_whole_gigabytes_of_what_drivers_report() -> None:
    """One card of up to "80 GB" first, eight of the largest last. Source: nvidia-smi, an H100 has 81559 MiB."""
    assert (MACHINES[0], MACHINES[-1]) == (Machine(1, 85), Machine(8, 288))
    assert MACHINES[0].gpu_bytes_each == 81559 * 2**20


def test_the_batch_fills_the_recommended_card(facts_with: MakeFacts) -> None:
    """It fits there, twice as much does not, and the minimum is for a batch of one."""
    facts = facts_with()
    sized = trained(facts)
    assert sized
    entry = unsized_entry(facts)
    card, batch = sized.requirements["recommended_vram_gb"], sized.defaults["hyperparameters"]["batch_size"]

    def is_enough(size: int) -> bool:
        settings = merge(entry, "training", Layer({"batch_size": size}))
        return fits(entry, settings, gpu_total_bytes=card * 10**9)

    assert is_enough(batch)
    assert batch == 8 or not is_enough(batch * 2)
    least = merge(entry, "training", Layer({"batch_size": 1}))
    assert sized.requirements["min_vram_gb"] == smallest_gpu_gb(entry, least) < card


def test_a_tiny_model_trains_with_no_more_than_eight_sequences(facts_with: MakeFacts) -> None:
    """More speeds nothing up."""
    tiny = {
        "num_hidden_layers": 2,
        "hidden_size": 256,
        "intermediate_size": 512,
        "parameters": None,
        "vocab_size": 1000,
    }
    sized = trained(facts_with(tiny))

    assert sized
    assert sized.defaults["hyperparameters"]["batch_size"] == 8


def test_a_batch_chosen_by_hand_stays(facts_with: MakeFacts) -> None:
    """Only requirements follow."""
    sized = trained(facts_with(), may_grow=False)

    assert sized
    assert sized.defaults["hyperparameters"]["batch_size"] == 1


@pytest.mark.parametrize(
    ("shape", "context"),
    [
        pytest.param({"max_position_embeddings": 10000}, 10000, id="all positions, where they fit"),
        pytest.param({"max_position_embeddings": 10**6}, None, id="else a power of two"),
    ],
)
def test_the_context_is_as_long_as_leaves_the_card_comfortable(
    shape: dict[str, Any], context: int | None, facts_with: MakeFacts
) -> None:
    """At least the eight thousand that are asked for."""
    sized = served(facts_with(shape))
    assert sized
    found = sized.defaults["max_model_len"]

    assert found == context or (context is None and found.bit_count() == 1 and 8192 <= found < 10**6)
    assert sized.requirements["min_vram_gb"] < sized.requirements["recommended_vram_gb"]


def test_a_context_chosen_by_hand_stays(facts_with: MakeFacts) -> None:
    """Only requirements follow."""
    sized = served(facts_with(), may_grow=False)

    assert sized
    assert sized.defaults["max_model_len"] == 8192


@pytest.mark.parametrize("least", [22, 24, 30, 48])
def test_serving_is_expected_to_stay_within_a_stated_minimum(least: int, facts_with: MakeFacts) -> None:
    """By the longest context with which it does; the minimum stays as it was stated."""
    facts, needs = facts_with(), {"min_vram_gb": least, "recommended_vram_gb": 85, "min_gpus": 1}
    entry, card = unsized_entry(facts), gpu_bytes(least)
    sized = size_stated(entry, inference_start(facts), needs)
    found = sized.defaults["max_model_len"]

    def is_enough(context: int) -> bool:
        settings = merge(entry, "inference", Layer({"max_model_len": context}))
        return fits(entry, settings, gpu_total_bytes=card, measure=Measure.EXPECTED)

    assert sized.requirements == needs
    assert is_enough(found)
    assert found == 131072 or not is_enough(found * 2)


def test_a_stated_minimum_says_over_how_many_gpus(facts_with: MakeFacts) -> None:
    """A context chosen by hand, and the one that any machine must serve, stay."""
    facts, needs = facts_with(), {"min_vram_gb": 6, "recommended_vram_gb": 8, "min_gpus": 4}
    each = [
        size_stated(unsized_entry(facts), inference_start(facts), {**needs, "min_vram_gb": least}, may_grow=may_grow)
        for least, may_grow in ((1, True), (40, False))
    ]

    assert [(one.defaults["tensor_parallel_size"], one.defaults["max_model_len"]) for one in each] == [(4, 8192)] * 2


def test_a_large_model_is_split_over_a_number_of_gpus_that_divides_its_heads(facts_with: MakeFacts) -> None:
    """Seventy billion parameters in half precision: four cards of 48 GB or more."""
    sized = served(facts_with({"num_hidden_layers": 80, "hidden_size": 8192, "intermediate_size": 28672,
                               "num_attention_heads": 64, "parameters": 70553706496}))  # fmt: skip
    assert sized

    gpus = sized.requirements["min_gpus"]
    assert gpus == sized.defaults["tensor_parallel_size"] > 1
    assert 64 % gpus == 0


def test_transformers_serves_on_one_gpu(facts_with: MakeFacts) -> None:
    """What vLLM does not load is not split over tensors."""
    sized = served(facts_with(quantization=Quantization(method="4bit", type="bitsandbytes")))

    assert sized
    assert sized.requirements["min_gpus"] == 1


@pytest.mark.parametrize("size", [pytest.param(trained, id="training"), pytest.param(served, id="serving")])
def test_what_no_machine_holds_has_no_size(size: Callable[[ModelFacts], Sized | None], facts_with: MakeFacts) -> None:
    """None, rather than a number that nobody can buy."""
    assert size(facts_with(TOO_LARGE)) is None


def test_the_source_says_what_was_computed(facts_with: MakeFacts) -> None:
    """Stack, method, batch, length, GPUs; and whether the shape was guessed."""
    exact, guessed = trained(facts_with()), trained(facts_with({"intermediate_size": None}))

    assert exact
    assert guessed
    assert "trl lora r=16" in exact.source
    assert "one GPU" in exact.source
    assert "typical network" in guessed.source


@pytest.mark.parametrize(
    ("shape", "gigabytes"),
    [
        pytest.param({}, 12, id="half of 16 GB, in steps of four"),
        pytest.param({"intermediate_size": None}, 12, id="likewise by the size alone"),
        pytest.param({"num_hidden_layers": 2, "parameters": None}, 8, id="never less than eight"),
    ],
)
def test_main_memory_is_half_the_weights(shape: dict[str, Any], gigabytes: int, facts_with: MakeFacts) -> None:
    """Weights pass through it file by file."""
    assert ram_gb(unsized_entry(facts_with(shape))) == gigabytes


def test_an_entry_needs_the_larger_of_its_tasks() -> None:
    """Number by number."""
    training = {"min_vram_gb": 20, "recommended_vram_gb": 24, "min_gpus": 1}
    inference = {"min_vram_gb": 10, "recommended_vram_gb": 32, "min_gpus": 2}

    assert larger_of({"training": training, "inference": inference}, 8, "8.0") == {
        "min_vram_gb": 20,
        "recommended_vram_gb": 32,
        "min_ram_gb": 8,
        "cuda_compute_capability": "8.0",
        "min_gpus": 2,
        "training": training,
        "inference": inference,
    }
