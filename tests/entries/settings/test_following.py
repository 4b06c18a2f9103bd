"""Settings that follow others."""

from __future__ import annotations

from typing import Any

import pytest
from own_facts import facts_laid_over

from model_garden_registry import load_registry
from model_garden_registry.entries.defaults import FullDefaults
from model_garden_registry.entries.settings.following import (
    has_master_weights,
    learning_rate_of,
    with_followers,
)
from model_garden_registry.entries.settings.merging import with_changes
from model_garden_registry.entries.settings.task_settings import Origin, OriginKind
from model_garden_registry.families.stacks import stack_of

REGISTRY = load_registry()
MODEL = "Qwen/Qwen3-8B"


@pytest.mark.parametrize(
    ("stack", "sharding", "method", "dtype", "expected"),
    [
        pytest.param("trl", "none", "full", "auto", True, id="loaded in float32"),
        pytest.param("trl", "none", "full", "bfloat16", False, id="loaded in another type"),
        pytest.param("trl", "none", "lora", "auto", False, id="adapters have a type of their own"),
        pytest.param("trl", "device_map", "full", "auto", True, id="split by layers"),
        pytest.param("llama-factory", "none", "full", "bfloat16", True, id="turned into float32"),
        pytest.param("ms-swift", "none", "full", "auto", False, id="as loaded"),
        pytest.param("ms-swift", "none", "full", "float32", True, id="loaded in float32 by choice"),
        pytest.param("unsloth", "zero3", "lora", "auto", True, id="DeepSpeed, whatever the stack does without it"),
        pytest.param("axolotl", "zero1", "lora", "auto", True, id="DeepSpeed"),
        pytest.param("axolotl", "fsdp", "full", "auto", True, id="FSDP1"),
        pytest.param("axolotl", "fsdp2", "full", "auto", True, id="FSDP2"),
        pytest.param("axolotl", "fsdp2", "qlora", "auto", False, id="FSDP2 casts nothing of a quantised model"),
    ],
)
def test_what_is_trained_in_float32(stack: str, sharding: Any, method: str, dtype: str, expected: bool) -> None:
    """By stack, by what keeps GPUs in step, and by the type that is loaded."""
    assert has_master_weights(stack_of(stack), sharding=sharding, method=method, dtype=dtype) is expected


@pytest.mark.parametrize(("dtype", "expected"), [("auto", True), ("bfloat16", False)])
def test_an_accelerate_that_casts_nothing(dtype: str, expected: bool) -> None:
    """1.13 keeps what was loaded, which is float32 in TRL unless another type is named."""
    with facts_laid_over(stacks={"stacks": {"trl": {"brings": {"accelerate": "1.13.0"}}}}):
        found = has_master_weights(stack_of("trl"), sharding="fsdp2", method="full", dtype=dtype)

    assert found is expected


def test_what_a_stack_chose_follows() -> None:
    """Another sharding, another method."""
    settings = REGISTRY.settings(MODEL, "training", stack="trl", method="lora")

    assert with_followers(REGISTRY[MODEL], settings, {"sharding": "zero3"}) == {
        "sharding": "zero3",
        "adapter_dtype": "float32",
        "master_weights": True,
        "trains_vision_tower": False,
    }
    assert with_followers(REGISTRY[MODEL], settings, {"method": "qlora"})["adapter_dtype"] == "bfloat16"


def test_adapters_over_8_bits_follow_as_those_over_a_quantised_model() -> None:
    """TRL turns them into half precision, however GPUs divide the run."""
    settings = REGISTRY.settings(MODEL, "training", stack="trl", method="lora", base_quantization="8bit")

    assert with_followers(REGISTRY[MODEL], settings, {"sharding": "fsdp2"})["adapter_dtype"] == "bfloat16"


def test_what_somebody_chose_stays() -> None:
    """And nothing follows what leads nothing."""
    chosen = {"adapter_dtype": "float16", "master_weights": False, "trains_vision_tower": False}
    settings = REGISTRY.settings(MODEL, "training", stack="trl", **chosen)

    assert with_followers(REGISTRY[MODEL], settings, {"sharding": "zero3"}) == {"sharding": "zero3"}
    assert with_followers(REGISTRY[MODEL], settings, {"batch_size": 2}) == {"batch_size": 2}
    assert with_followers(REGISTRY[MODEL], REGISTRY.settings(MODEL, "inference"), {"dtype": "float16"}) == {
        "dtype": "float16"
    }


TENTH = Origin(OriginKind.METHOD, "full: a tenth of the adapter's")
ADAPTERS = Origin(OriginKind.ENTRY, "/training_defaults/hyperparameters/learning_rate")


def test_all_weights_are_trained_with_a_tenth_of_an_adapters_rate() -> None:
    """Unless the entry has one for them."""
    entry = REGISTRY[MODEL]
    stated = entry.training_defaults.model_copy(update={"full": FullDefaults(learning_rate=7e-6)})
    own = entry.model_copy(update={"training_defaults": stated})

    assert learning_rate_of(entry, "lora") == learning_rate_of(own, "qlora") == (2e-4, ADAPTERS)
    assert learning_rate_of(entry, "full") == (2e-5, TENTH)
    assert learning_rate_of(own, "full") == (7e-6, Origin(OriginKind.ENTRY, "/training_defaults/full/learning_rate"))


def test_the_rate_goes_with_the_method() -> None:
    """There and back, with its origin; one that somebody chose stays."""
    entry = REGISTRY[MODEL]
    adapters = REGISTRY.settings(MODEL, "training", method="lora")
    whole = with_changes(entry, adapters, {"method": "full"}, "remedy")
    back = with_changes(entry, whole, {"method": "qlora"}, "remedy")
    chosen = with_changes(entry, REGISTRY.settings(MODEL, "training", learning_rate=1e-3), {"method": "full"}, "remedy")

    assert REGISTRY.settings(MODEL, "training", method="full").learning_rate == 2e-5
    assert [(one.learning_rate, one.origins["learning_rate"]) for one in (whole, back)] == [
        (2e-5, TENTH),
        (2e-4, ADAPTERS),
    ]
    assert (chosen.learning_rate, chosen.origins["learning_rate"].kind) == (1e-3, OriginKind.OVERRIDE)
    assert with_changes(entry, adapters, {"sharding": "zero3"}, "remedy").learning_rate == 2e-4
