"""Arguments that mean nothing are refused by name, and nothing is answered in their place."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry import ModelRegistry, known_gpu, load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.catalogue.filtering import Filter
from model_garden_registry.errors import InvalidOverrideError

LLAMA = "meta-llama/Llama-3.1-8B-Instruct"
Call = Callable[[ModelRegistry], Any]


@pytest.fixture(scope="module")
def registry() -> ModelRegistry:
    """Give the shipped registry."""
    return load_registry(bundled_registry())


L4 = known_gpu("L4")
#: Each verb with a task, as its caller writes it.
VERBS: dict[str, Callable[[ModelRegistry, Any], Any]] = {
    "settings": lambda registry, task: registry.settings(LLAMA, task),
    "estimate": lambda registry, task: registry.estimate(LLAMA, task),
    "assess": lambda registry, task: registry.assess(LLAMA, task, hardware=None),
    "validate": lambda registry, task: registry.validate(LLAMA, task, hardware=None),
    "validate_each": lambda registry, task: registry.validate_each([LLAMA], task, hardware=None),
    "fit": lambda registry, task: registry.fit(task, hardware=L4, ids=[LLAMA]),
    "plan": lambda registry, task: registry.plan(task, LLAMA, gpus=["L4"]),
    "sweep": lambda registry, task: registry.sweep(LLAMA, task, setting="r", values=(8,)),
}


@pytest.mark.parametrize("task", ["serving", "", None, ("training",)])
@pytest.mark.parametrize("verb", VERBS)
def test_a_task_is_training_or_inference(verb: str, task: Any, registry: ModelRegistry) -> None:
    """In every verb; one that judges several models says it of the question, not of each model."""
    with pytest.raises(InvalidOverrideError, match=r"training(, | or )inference"):
        VERBS[verb](registry, task)


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        pytest.param(
            lambda registry: registry.validate(LLAMA, "training", hardwear=None), "'hardwear'", id="a keyword, validate"
        ),
        pytest.param(
            lambda registry: registry.validate_each([LLAMA], "training", override={}), "'override'", id="each"
        ),
        pytest.param(lambda registry: registry.assess(LLAMA, "training", batch_size=1), "'batch_size'", id="assess"),
        pytest.param(
            lambda registry: registry.fit("training", hardware=L4, categry="text-llm"),
            "unknown filter 'categry'; did you mean category?",
            id="a filter",
        ),
        pytest.param(
            lambda registry: registry.validate(LLAMA, "training", overrides=None),
            "overrides are settings by name, such as {'batch_size': 1}, not None",
            id="no overrides",
        ),
        pytest.param(
            lambda registry: registry.plan("training", LLAMA, overrides=[("r", 8)]),
            "overrides are settings by name, such as {'batch_size': 1}, not [('r', 8)]",
            id="pairs",
        ),
        pytest.param(
            lambda registry: registry.sweep(LLAMA, "training", setting="r", values=(8,), overrides=({"r": 8},)),
            "overrides are settings by name, such as {'batch_size': 1}, not {'r': 8}",
            id="a tuple of mappings",
        ),
        pytest.param(
            lambda registry: registry.validate(LLAMA, "training", hardware="L4"),
            "hardware is a machine, not 'L4': known_gpu('L4')",
            id="the name of a GPU",
        ),
        pytest.param(
            lambda registry: registry.validate(LLAMA, "training", hardware=lambda: "L4"),
            "hardware is a machine, not 'L4': known_gpu('L4')",
            id="a function that gives a name",
        ),
        pytest.param(
            lambda registry: registry.fit("inference", hardware=24),
            "hardware is a machine, not 24: what known_gpu or read_hardware returns",
            id="gigabytes",
        ),
        pytest.param(
            lambda registry: registry.fit("training", hardware=L4, ids=LLAMA),
            f"ids are a list, not one text: ['{LLAMA}']",
            id="one id to fit",
        ),
        pytest.param(
            lambda registry: registry.validate_each(LLAMA, "training", hardware=None),
            f"ids are a list, not one text: ['{LLAMA}']",
            id="one id",
        ),
        pytest.param(
            lambda registry: registry.sweep(LLAMA, "training", setting="r", values="16"),
            "values are a list, not one text: ['16']",
            id="one value",
        ),
    ],
)
def test_what_is_of_the_wrong_kind_is_a_type_error(call: Call, problem: str, registry: ModelRegistry) -> None:
    """It names what was given, and says what is taken."""
    with pytest.raises(TypeError, match=re.escape(problem)):
        call(registry)


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        pytest.param(
            lambda registry: registry.sweep(LLAMA, "training", setting="r", values=()),
            "a sweep of r needs a value",
            id="no value to sweep",
        ),
        pytest.param(
            lambda registry: registry.fit("training", hardware=L4, sort="price"),
            "min_vram_gb, recommended_vram_gb, not 'price'",
            id="a field to sort by",
        ),
        pytest.param(
            lambda registry: registry.fitting_rows(Filter(), overrides={"r": 8}, hardware=L4),
            "overrides are of a task: name training or inference",
            id="settings of no task",
        ),
    ],
)
def test_what_means_nothing_is_a_value_error(call: Call, problem: str, registry: ModelRegistry) -> None:
    """It says what would mean something."""
    with pytest.raises(ValueError, match=re.escape(problem)):
        call(registry)


@pytest.mark.parametrize("setting", ["lora_config", "hyperparameters"])
def test_a_group_of_settings_is_not_swept(setting: str, registry: ModelRegistry) -> None:
    """A sweep has one column for the values."""
    values = {"lora_config": {"r": 8}, "hyperparameters": {"batch_size": 1, "num_epochs": 2}}[setting]

    with pytest.raises(InvalidOverrideError, match="one setting, not a group"):
        registry.sweep(LLAMA, "training", setting=setting, values=(values,))


def test_one_gpu_to_plan_for_may_be_one_text(registry: ModelRegistry) -> None:
    """There is no other way to read it."""
    assert registry.plan("training", LLAMA, gpus="L40S") == registry.plan("training", LLAMA, gpus=["L40S"])
