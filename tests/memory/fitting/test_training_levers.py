"""Each thing that can be changed of training, alone."""

from __future__ import annotations

from typing import Any

import pytest

from model_garden_registry import load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.entries.settings.merging import Layer, merge
from model_garden_registry.entries.settings.task_settings import TrainingSettings
from model_garden_registry.memory.fitting.levers import Bench, Gpus, Length, Lever
from model_garden_registry.memory.fitting.training_levers import (
    SHORTEST_TRAINED,
    Attention,
    Batch,
    Checkpointing,
    LighterOptimizer,
    Method,
    OfferedLoss,
    losses_of,
)
from model_garden_registry.units import GB

REGISTRY = load_registry(bundled_registry())
LLAMA, GEMMA_2, QUANTISED = "meta-llama/Llama-3.1-8B-Instruct", "google/gemma-2-9b-it", "unsloth/llama-3-8b-bnb-4bit"
FULL = {"method": "full"}


def moved(lever: Lever[Any], asked: dict[str, Any], model_id: str = LLAMA, *, gpus: int = 1) -> dict[str, Any] | None:
    """Give what a lever at its end changes; None where it cannot be moved."""
    settings = merge(REGISTRY[model_id], "training", Layer(asked))
    bench = Bench(entry=REGISTRY[model_id], gpu_total_bytes=24 * GB, at_most_gpus=gpus)
    least: TrainingSettings | None = lever.minimized(settings, bench)
    if least is None:
        return None
    return {
        name: getattr(least, name)
        for name in lever.moves
        if getattr(least, name, None) != getattr(settings, name, None)
    }


@pytest.mark.parametrize(
    ("lever", "asked", "model_id", "changes"),
    [
        pytest.param(Attention(), {"attn_implementation": "eager"}, LLAMA, {"attn_implementation": "sdpa"}, id="eager"),
        pytest.param(Attention(), {}, LLAMA, None, id="attention without scores"),
        pytest.param(
            Attention(),
            {"attn_implementation": "eager"},
            GEMMA_2,
            None,
            id="a family that transformers runs eagerly only",
        ),
        pytest.param(OfferedLoss(), {"stack": "trl"}, LLAMA, None, id="TRL: its own loss has tiles"),
        pytest.param(OfferedLoss(), {"stack": "trl", "loss": "full"}, LLAMA, {"loss": "tiled"}, id="TRL: back to that"),
        pytest.param(
            OfferedLoss(),
            {"stack": "trl", "stack_version": "1.0.0"},
            LLAMA,
            {"loss": "fused"},
            id="TRL before, with Liger",
        ),
        pytest.param(OfferedLoss(), {"stack": "axolotl"}, LLAMA, {"loss": "fused"}, id="axolotl: the least of two"),
        pytest.param(OfferedLoss(), {"stack": "ms-swift"}, LLAMA, {"loss": "fused"}, id="ms-swift"),
        pytest.param(
            OfferedLoss(),
            {"stack": "ms-swift", "sharding": "device_map", "n_gpus": 2},
            LLAMA,
            None,
            id="ms-swift refuses Liger with a device map",
        ),
        pytest.param(
            Checkpointing(),
            {"gradient_checkpointing": False},
            LLAMA,
            {"gradient_checkpointing": True},
            id="activations are computed again",
        ),
        pytest.param(Checkpointing(), {}, LLAMA, None, id="they are already"),
        pytest.param(
            LighterOptimizer(),
            {**FULL, "optim": "adamw_torch"},
            LLAMA,
            {"optim": "paged_adamw_8bit"},
            id="paged at last",
        ),
        pytest.param(
            LighterOptimizer(),
            {**FULL, "optim": "lion_32bit"},
            LLAMA,
            {"optim": "paged_lion_8bit"},
            id="of its own kind",
        ),
        pytest.param(
            LighterOptimizer(),
            {**FULL, "optim": "adamw_8bit"},
            LLAMA,
            {"optim": "paged_adamw_8bit"},
            id="from 8 bits on",
        ),
        pytest.param(LighterOptimizer(), {**FULL, "optim": "paged_adamw_8bit"}, LLAMA, None, id="paged already"),
        pytest.param(LighterOptimizer(), {**FULL, "optim": "adafactor"}, LLAMA, None, id="no lighter one of its kind"),
        pytest.param(
            LighterOptimizer(),
            {**FULL, "optim": "adamw_torch", "sharding": "fsdp2", "n_gpus": 2, "stack": "trl"},
            LLAMA,
            None,
            id="FSDP does not divide what bitsandbytes keeps",
        ),
        pytest.param(
            Batch(),
            {"batch_size": 6, "gradient_accumulation_steps": 2},
            LLAMA,
            {"batch_size": 1, "gradient_accumulation_steps": 12},
            id="a smaller batch",
        ),
        pytest.param(Batch(), {"batch_size": 1}, LLAMA, None, id="a batch of one"),
        pytest.param(Method(), FULL, LLAMA, {"method": "qlora"}, id="all weights"),
        pytest.param(
            Method(), {"method": "lora", "base_quantization": "8bit"}, LLAMA, None, id="quantised while loading"
        ),
        pytest.param(Method(), {}, QUANTISED, None, id="quantised as published"),
        pytest.param(
            Length("max_seq_length", SHORTEST_TRAINED),
            {"max_seq_length": 4096},
            LLAMA,
            {"max_seq_length": SHORTEST_TRAINED},
            id="a shorter sequence",
        ),
        pytest.param(
            Length("max_seq_length", SHORTEST_TRAINED), {"max_seq_length": 512}, LLAMA, None, id="short already"
        ),
    ],
)
def test_what_a_lever_changes(
    lever: Lever[Any], asked: dict[str, Any], model_id: str, changes: dict[str, Any] | None
) -> None:
    """At its end; nothing where it is there already, or where stack or family have no such thing."""
    assert moved(lever, asked, model_id) == changes


@pytest.mark.parametrize(
    ("asked", "gpus", "changes"),
    [
        pytest.param({"stack": "trl"}, 1, None, id="one GPU"),
        pytest.param({"stack": "trl"}, 4, {"n_gpus": 4, "sharding": "zero3"}, id="weights are divided"),
        pytest.param({"stack": "unsloth"}, 4, {"n_gpus": 4, "sharding": "device_map"}, id="layers are"),
        pytest.param({"stack": "trl", "n_gpus": 4}, 4, {"sharding": "zero3"}, id="copies become parts"),
        pytest.param({"stack": "trl", "n_gpus": 4, "sharding": "zero2"}, 4, None, id="divided already"),
        pytest.param({"stack": "trl", "n_gpus": 8, "sharding": "zero2"}, 4, {"n_gpus": 4}, id="more than there are"),
    ],
)
def test_gpus_that_are_there_are_used(asked: dict[str, Any], gpus: int, changes: dict[str, Any] | None) -> None:
    """In the way that the stack and the weights allow."""
    assert moved(Gpus(), asked, gpus=gpus) == changes


@pytest.mark.parametrize(
    ("lever", "asked", "gb", "relaxed"),
    [
        pytest.param(LighterOptimizer(), {**FULL, "optim": "adamw_torch"}, 64, {"optim": "adamw_8bit"}, id="8 bits do"),
        pytest.param(OfferedLoss(), {"stack": "axolotl"}, 60, {"loss": "chunked"}, id="a loss that needs nothing else"),
        pytest.param(Method(), FULL, 24, {"method": "lora"}, id="an adapter before quantised weights"),
        pytest.param(Method(), FULL, 16, {"method": "qlora"}, id="quantised weights where that is not enough"),
        pytest.param(
            Batch(),
            {"batch_size": 16, "gradient_accumulation_steps": 1},
            26,
            {"batch_size": 8, "gradient_accumulation_steps": 2},
            id="the largest batch that divides the effective one",
        ),
    ],
)
def test_no_more_is_changed_than_it_takes(
    lever: Lever[Any], asked: dict[str, Any], gb: int, relaxed: dict[str, Any]
) -> None:
    """Of all that fit, what is nearest to what was asked for."""
    entry = REGISTRY[LLAMA]
    settings = merge(entry, "training", Layer({**asked, "gradient_checkpointing": True}))
    bench = Bench(entry=entry, gpu_total_bytes=gb * GB, at_most_gpus=1)
    least = lever.minimized(settings, bench)
    found = lever.relaxed(least, bench, settings)

    assert {name: getattr(found, name) for name in relaxed} == relaxed
    assert bench.fits(found)


def test_gpus_that_divide_a_sequence_stay_together() -> None:
    """Three would be enough, were it not that two divide each sequence."""
    asked = {"stack": "trl", "context_parallel_size": 2, "n_gpus": 2, "method": "full"}
    settings = merge(REGISTRY[LLAMA], "training", Layer(asked))
    bench = Bench(entry=REGISTRY[LLAMA], gpu_total_bytes=52 * GB, at_most_gpus=5)
    least = Gpus().minimized(settings, bench)
    assert isinstance(least, TrainingSettings)

    assert (least.n_gpus, bench.fewest_gpus(least)) == (4, 3)
    assert Gpus().relaxed(least, bench, settings) == least


def test_undone_everything_is_as_it_was() -> None:
    """What follows a method too."""
    entry = REGISTRY[LLAMA]
    settings = merge(entry, "training", Layer({"method": "full", "stack": "trl"}))
    bench = Bench(entry=entry, gpu_total_bytes=24 * GB, at_most_gpus=1)
    least = Method().minimized(settings, bench)

    assert least is not None
    assert least.adapter_dtype != settings.adapter_dtype
    assert Method().undone(least, bench, settings).as_dict() == settings.as_dict()


def test_losses_of_an_entry_without_a_shape_are_those_for_all() -> None:
    """Nothing is known of its model type."""
    entry = REGISTRY[LLAMA].model_copy(update={"architecture": None})
    settings = merge(REGISTRY[LLAMA], "training", Layer({"stack": "axolotl"}))

    assert losses_of(entry, settings) == {"full": "", "chunked": ""}
