"""The inverse of the estimate: what it gives has room, one step more has not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from model_garden_registry import load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.entries.settings.merging import Layer, merge
from model_garden_registry.memory.fitting.budgets import fits
from model_garden_registry.memory.fitting.solver import (
    QUANTITIES,
    fewest_gpus,
    largest,
    last_within,
    parallel_sizes,
    sharding_for,
    split,
    with_quantity,
)
from model_garden_registry.units import GB

REGISTRY = load_registry(bundled_registry())
LLAMA = REGISTRY["meta-llama/Llama-3.1-8B-Instruct"]
LLAMA_4BIT = REGISTRY["unsloth/llama-3-8b-bnb-4bit"]
GEMMA = REGISTRY["google/gemma-3-12b-it"]
DEEPSEEK = REGISTRY["deepseek-ai/DeepSeek-V3"]
TRAINED = [entry for entry in REGISTRY.values() if entry.training_defaults]
SHAPELESS = LLAMA.model_copy(update={"architecture": None})

trainings = st.fixed_dictionaries(
    {
        "batch_size": st.integers(1, 16),
        "gradient_accumulation_steps": st.integers(1, 4),
        "max_seq_length": st.integers(2, 128).map(lambda steps: steps * 64),
        "r": st.sampled_from([1, 8, 64, 512]),
        "gradient_checkpointing": st.booleans(),
        "attn_implementation": st.sampled_from(["sdpa", "eager", "flash_attention_2"]),
        "loss": st.sampled_from(["full", "chunked", "fused"]),
        "optim": st.sampled_from(["adamw_torch", "adamw_8bit", "paged_adamw_8bit"]),
        "n_gpus": st.sampled_from([1, 2, 4]),
        "sharding": st.sampled_from(["none", "zero2", "zero3", "device_map"]),
    }
)
servings = st.fixed_dictionaries(
    {
        "engine": st.sampled_from(["vllm", "sglang", "transformers"]),
        "max_model_len": st.integers(8, 2048).map(lambda blocks: blocks * 16),
        "concurrent": st.integers(1, 32),
        "gpu_memory_utilization": st.sampled_from([0.0, 0.85]),
        "tensor_parallel_size": st.sampled_from([1, 2, 4]),
        "kv_cache_dtype": st.sampled_from(["auto", "fp8"]),
    }
)
totals = st.integers(4, 150).map(lambda size: size * GB)


def neighbours(entry: Any, settings: Any, quantity: Any, total: int) -> tuple[bool | None, bool | None]:
    """Say whether the answer has room, and the step after it; None where there is no such value."""
    steps = QUANTITIES["training" if hasattr(settings, "method") else "inference"][quantity]
    found = largest(entry, settings, quantity, gpu_total_bytes=total)
    least = -(-steps.least // steps.step) * steps.step
    positions = entry.architecture.max_position_embeddings
    most = positions if quantity in ("max_seq_length", "max_model_len") and positions else steps.most
    following = least if found is None else found + steps.step

    def is_enough(value: int) -> bool:
        return fits(entry, with_quantity(settings, quantity, value), gpu_total_bytes=total)

    return None if found is None else is_enough(found), None if following > most else is_enough(following)


@given(
    entry=st.sampled_from(TRAINED),
    overrides=trainings,
    quantity=st.sampled_from(sorted(QUANTITIES["training"])),
    total=totals,
)
def test_the_largest_of_a_training_run_fits_and_one_step_more_has_not(
    entry: Any, overrides: Any, quantity: Any, total: int
) -> None:
    """For batch, sequence and rank, with every attention, loss and way to split."""
    found = neighbours(entry, merge(entry, "training", Layer(overrides)), quantity, total)

    assert found in [(True, False), (True, None), (None, False)]


@given(
    entry=st.sampled_from([*REGISTRY.values()]),
    overrides=servings,
    quantity=st.sampled_from(sorted(QUANTITIES["inference"])),
    total=totals,
)
@example(entry=GEMMA, overrides={"gpu_memory_utilization": 0.9}, quantity="max_model_len", total=40 * GB)
def test_the_largest_of_serving_fits_and_one_step_more_has_not(
    entry: Any, overrides: Any, quantity: Any, total: int
) -> None:
    """For context and sequences at once, with every engine, windows and latent caches included."""
    found = neighbours(entry, merge(entry, "inference", Layer(overrides)), quantity, total)

    assert found in [(True, False), (True, None), (None, False)]


@pytest.mark.parametrize(
    ("overrides", "quantity", "steps"),
    [
        pytest.param({}, "batch_size", range(1, 500), id="batch"),
        pytest.param({}, "max_seq_length", range(128, 131_073, 64), id="sequence"),
        pytest.param(
            {"attn_implementation": "eager"}, "max_seq_length", range(128, 131_073, 64), id="eager: a parabola"
        ),
        pytest.param(
            {"method": "full", "optim": "adamw_torch"}, "batch_size", range(1, 500), id="the optimizer's hump"
        ),
        pytest.param({}, "r", range(1, 513), id="rank"),
    ],
)
@pytest.mark.parametrize("total", [size * GB for size in (18, 24, 48, 80, 141)])
def test_the_largest_is_what_trying_all_would_find(overrides: Any, quantity: Any, steps: range, total: int) -> None:
    """Value by value."""
    settings = merge(LLAMA, "training", Layer(overrides))
    tried = [value for value in steps if fits(LLAMA, with_quantity(settings, quantity, value), gpu_total_bytes=total)]
    found = largest(LLAMA, settings, quantity, gpu_total_bytes=total)

    assert found == max(tried, default=None)


def test_a_length_ends_at_the_positions_of_the_model() -> None:
    """Not at what the card has room for; without known positions it is the card that decides."""
    settings = merge(LLAMA_4BIT, "inference")
    endless = LLAMA_4BIT.model_copy(
        update={"architecture": LLAMA_4BIT.architecture.model_copy(update={"max_position_embeddings": None})}  # type: ignore[union-attr]
    )
    found = [largest(entry, settings, "max_model_len", gpu_total_bytes=80 * GB) for entry in (LLAMA_4BIT, endless)]

    assert found[0] == 8192
    assert found[1] is not None
    assert found[1] > 100_000


def test_a_shape_that_is_not_known_is_solved_for_as_a_typical_one() -> None:
    """With the margin of a guess."""
    settings = merge(SHAPELESS, "training")
    found = largest(SHAPELESS, settings, "batch_size", gpu_total_bytes=80 * GB)

    assert found is not None


def test_a_task_has_its_own_quantities() -> None:
    """A context is nothing that training has."""
    with pytest.raises(KeyError):
        largest(LLAMA, merge(LLAMA, "training"), "max_model_len", gpu_total_bytes=GB)


@given(
    starts=st.lists(st.integers(-(2**40), 2**40), min_size=1, max_size=4),
    slopes=st.lists(st.integers(0, 2**30), min_size=4, max_size=4),
    bends=st.lists(st.sampled_from([0, 0, 40, 2**20]), min_size=4, max_size=4),
    budget=st.integers(-(2**41), 2**45),
    first=st.integers(0, 5),
    length=st.integers(-1, 2000),
    is_lowest=st.booleans(),
)
def test_the_last_within_is_found_on_any_rising_pieces(
    starts: Any, slopes: Any, bends: Any, budget: int, first: int, length: int, is_lowest: bool
) -> None:
    """Whether the pieces bend up (a maximum) or down (a minimum)."""
    choose = min if is_lowest else max
    pieces = list(zip(starts, slopes, bends, strict=False))

    def cost(number: int) -> int:
        return int(choose(start + slope * number + bend * number**2 for start, slope, bend in pieces))

    last = first + length
    expected = max((number for number in range(first, last + 1) if cost(number) <= budget), default=None)

    assert last_within(cost, budget, first=first, last=last) == expected


def test_few_estimates_are_enough() -> None:
    """A line takes its two ends and three neighbours, twice; a million numbers are not tried."""
    asked = []

    def cost(number: int) -> int:
        asked.append(number)
        return 1000 * number

    assert last_within(cost, 123_456_789, first=1, last=2**20) == 123_456
    assert len(asked) <= 8


@given(
    entry=st.sampled_from(TRAINED),
    overrides=trainings,
    at_most=st.integers(1, 40),
    total=totals,
)
def test_the_fewest_gpus_of_a_training_run_have_room_and_one_less_has_not(
    entry: Any, overrides: Any, at_most: int, total: int
) -> None:
    """None where the most are not enough either."""
    settings = merge(entry, "training", Layer(overrides))
    tried = [gpus for gpus in range(1, at_most + 1) if fits(entry, split(entry, settings, gpus), gpu_total_bytes=total)]

    assert fewest_gpus(entry, settings, gpu_total_bytes=total, at_most=at_most) == min(tried, default=None)


@given(entry=st.sampled_from([*REGISTRY.values()]), overrides=servings, total=totals)
def test_the_fewest_gpus_of_serving_divide_the_heads(entry: Any, overrides: Any, total: int) -> None:
    """And no smaller size that does has room."""
    settings = merge(entry, "inference", Layer(overrides))
    sizes = parallel_sizes(entry, settings)
    tried = [gpus for gpus in sizes if fits(entry, split(entry, settings, gpus), gpu_total_bytes=total)]

    assert fewest_gpus(entry, settings, gpu_total_bytes=total) == min(tried, default=None)


@pytest.mark.parametrize(
    ("entry", "sizes"),
    [
        pytest.param(LLAMA, [1, 2, 4, 8, 16], id="32 heads, 8 key heads"),
        pytest.param(REGISTRY["Qwen/Qwen2.5-VL-7B-Instruct"], [1, 2, 4], id="28 heads, 4 key heads"),
        pytest.param(REGISTRY["microsoft/phi-4"], [1, 2], id="40 heads, 10 key heads, words that 5 does not divide"),
        pytest.param(DEEPSEEK, [1, 2, 4, 8, 16], id="128 heads, a latent cache"),
        pytest.param(LLAMA_4BIT, [1], id="bitsandbytes is not split"),
        pytest.param(SHAPELESS, [1, 2, 4, 8, 16], id="heads not known"),
        pytest.param(REGISTRY["LGAI-EXAONE/EXAONE-4.0-32B-AWQ"], [1, 2], id="groups that are not cut"),
    ],
)
def test_sizes_of_tensor_parallelism_suit_the_heads(entry: Any, sizes: list[int]) -> None:
    """Up to sixteen GPUs; and the number format, and the engine."""
    assert list(parallel_sizes(entry, merge(entry, "inference"))) == sizes


@pytest.mark.parametrize(
    ("entry", "overrides", "sharding"),
    [
        pytest.param(LLAMA, {"stack": "trl"}, "zero3", id="plain weights"),
        pytest.param(LLAMA, {"stack": "trl", "sharding": "fsdp"}, "fsdp", id="as the settings say"),
        pytest.param(LLAMA, {"stack": "trl", "method": "qlora"}, "device_map", id="quantised while loading"),
        pytest.param(LLAMA_4BIT, {"stack": "trl"}, "device_map", id="quantised as published"),
        pytest.param(LLAMA, {"stack": "unsloth"}, "device_map", id="unsloth"),
    ],
)
def test_a_run_is_split_as_its_stack_and_weights_allow(entry: Any, overrides: Any, sharding: str) -> None:
    """Unless the settings name a way."""
    assert sharding_for(entry, merge(entry, "training", Layer(overrides))) == sharding


def test_one_gpu_is_no_split() -> None:
    """Whatever the settings said of several."""
    settings = merge(LLAMA, "training", Layer({"n_gpus": 4, "sharding": "zero3"}))
    alone = split(LLAMA, settings, 1)

    assert (alone.n_gpus, alone.sharding) == (1, "none")  # type: ignore[union-attr]


def test_what_waits_in_main_memory_does_so_on_one_gpu_too() -> None:
    """Under the library that moves it there."""
    choice = {"n_gpus": 4, "sharding": "zero3", "offload": "weights", "stack": "trl"}
    alone = split(LLAMA, merge(LLAMA, "training", Layer(choice)), 1)

    assert (alone.n_gpus, alone.sharding) == (1, "zero3")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("chosen", "kept"),
    [
        pytest.param({}, [False, True], id="as the stack"),
        pytest.param({"master_weights": False}, [False] * 2, id="set"),
    ],
)
def test_a_split_brings_what_its_library_keeps(chosen: dict[str, bool], kept: list[bool]) -> None:
    """DeepSpeed has a float32 copy of what is trained, unless somebody chose otherwise."""
    settings = merge(LLAMA, "training", Layer({"stack": "trl", "method": "lora", **chosen}))

    assert [split(LLAMA, settings, gpus).master_weights for gpus in (1, 2)] == kept  # type: ignore[union-attr]
