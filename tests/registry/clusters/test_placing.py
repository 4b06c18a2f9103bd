"""Models looked up, and placed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from clusters import inventory, nodes

from model_garden_registry import ModelRegistry, load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.errors import InvalidOverrideError, UnknownModelError

Write = Callable[..., Path]
TINY, SMALL = "unsloth/tinyllama-bnb-4bit", "Qwen/Qwen3-8B"
THERE = inventory(nodes("4x L4", count=4))


@pytest.fixture(scope="module")
def registry() -> ModelRegistry:
    """Give the shipped registry."""
    return load_registry(bundled_registry())


def test_two_ids_of_one_model_are_one(registry: ModelRegistry) -> None:
    """The first stands as it was written."""
    placement = registry.place("inference", ["unsloth/Qwen3-8B", SMALL, TINY, TINY], THERE)

    assert [(model.subject, model.asked, model.replicas) for model in placement.models] == [
        (SMALL, "unsloth/Qwen3-8B", 1),
        (TINY, None, 1),
    ]


def test_replicas_are_those_of_all_models_or_of_each(registry: ModelRegistry) -> None:
    """By any id of a model; one of those that are not named."""
    all_alike = registry.place("inference", [SMALL, TINY], THERE, replicas=3)
    of_each = registry.place("inference", [SMALL, TINY], THERE, replicas={"unsloth/Qwen3-8B": 4})

    assert [model.replicas for model in all_alike.models] == [3, 3]
    assert [model.replicas for model in of_each.models] == [4, 1]
    assert all_alike.gpus == 6


@pytest.mark.parametrize("number", [0, -1, True, 1.5, "2", 10**10, None])
def test_a_wrong_number_of_replicas_is_refused(number: Any, registry: ModelRegistry) -> None:
    """With the model that it is for."""
    for replicas in (number, {SMALL: number}):
        with pytest.raises(
            ValueError, match="replicas of 'Qwen/Qwen3-8B': a whole number from 1 to 1,000,000,000, not"
        ):
            registry.place("inference", [SMALL], THERE, replicas=replicas)


def test_replicas_of_a_model_that_is_not_placed_are_refused(registry: ModelRegistry) -> None:
    """It was left out by mistake, or mistyped."""
    with pytest.raises(ValueError, match="replicas of 'unsloth/tinyllama-bnb-4bit', which is not among the models"):
        registry.place("inference", [SMALL], THERE, replicas={TINY: 2})
    with pytest.raises(UnknownModelError):
        registry.place("inference", [SMALL], THERE, replicas={"no/model": 2})


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf")])
def test_the_time_to_search_is_a_number(seconds: float, registry: ModelRegistry) -> None:
    """Of seconds, from 0 on."""
    with pytest.raises(ValueError, match="seconds: how long to search"):
        registry.place("inference", [SMALL], THERE, seconds=seconds)


def test_ids_are_a_list_of_known_models(registry: ModelRegistry) -> None:
    """One text is a mistake; nothing at all is an answer."""
    with pytest.raises(TypeError, match="ids are a list, not one text"):
        registry.place("inference", SMALL, THERE)
    with pytest.raises(UnknownModelError):
        registry.place("inference", [SMALL, "no/model"], THERE)
    assert registry.place("inference", [], THERE).models == ()


def test_settings_count_for_all_models(registry: ModelRegistry) -> None:
    """A split that is set is that of each replica."""
    placement = registry.place("inference", [SMALL], THERE, overrides={"tensor_parallel_size": 4})

    assert [seat.gpus for seat in placement.models[0].seats] == [4]


def test_a_model_that_refuses_a_setting_has_the_reason_unless_all_do(registry: ModelRegistry) -> None:
    """A setting that does not exist, or a task, is wrong for all."""
    of_trl, raw = {"stack_version": "1.10"}, registry.raw(TINY)
    trl = {**raw, "id": "org/trl", "aliases": [], "training_defaults": {**raw["training_defaults"], "stack": "trl"}}
    placement = registry.with_entry(trl).place("training", ["org/trl", TINY], THERE, overrides=of_trl)

    assert [model.is_placed for model in placement.models] == [True, False]
    assert "stack_version" in (placement.models[1].problem or "")
    with pytest.raises(InvalidOverrideError, match="stack_version"):
        registry.place("training", [TINY], THERE, overrides=of_trl)
    with pytest.raises(InvalidOverrideError, match="batch_siz"):
        registry.place("training", [TINY, SMALL], THERE, overrides={"batch_siz": 1})
    with pytest.raises(InvalidOverrideError, match="task"):
        registry.place("serving", [SMALL], THERE)  # type: ignore[arg-type]


@pytest.mark.filterwarnings("ignore::model_garden_registry.RegistryWarning")
def test_an_invalid_entry_is_not_placed(registry: ModelRegistry) -> None:
    """The others are."""
    broken = registry.with_entry({**registry.raw(TINY), "id": "org/bad", "aliases": [], "urls": 1})
    placement = broken.place("inference", ["org/bad", SMALL], THERE)

    assert [model.is_placed for model in placement.models] == [False, True]
    assert "urls" in (placement.models[0].problem or "")


@pytest.mark.parametrize("solver", ["x", "", "CPSAT", 5])
def test_a_solver_that_is_none_is_refused(solver: Any, registry: ModelRegistry) -> None:
    """Before anything is judged."""
    with pytest.raises(ValueError, match="solver: one of cpsat, first-fit or None"):
        registry.place("inference", [SMALL], THERE, solver=solver)
