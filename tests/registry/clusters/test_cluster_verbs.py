"""The verbs on clusters."""

from __future__ import annotations

import inspect

import pytest
from clusters import inventory, nodes

from model_garden_registry import load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.errors import InvalidOverrideError, UnknownModelError
from model_garden_registry.placement.placing import SECONDS
from model_garden_registry.registry.clusters.cluster_verbs import ClusterRegistry


def test_place_packs_with_the_solver_that_is_asked_for() -> None:
    """And lets it search for a while."""
    registry = load_registry(bundled_registry())
    there = inventory(nodes("L4"))
    found = [
        registry.place("inference", ["Qwen/Qwen3-8B"], there, solver=solver, seconds=5.0)
        for solver in ("cpsat", "first-fit")
    ]

    assert [(one.solver, one.seconds, one.source) for one in found] == [
        ("cpsat", 5.0, "slurm"),
        ("first-fit", 5.0, "slurm"),
    ]


def test_the_search_takes_as_long_as_documented() -> None:
    """One number, in two places: the verb imports nothing of the packing before it is called."""
    assert inspect.signature(ClusterRegistry.place).parameters["seconds"].default == SECONDS


def test_a_plan_of_pools_is_for_the_settings_that_are_given() -> None:
    """What they would be for ``plan``, and the same errors."""
    registry, there = load_registry(bundled_registry()), inventory(nodes("L4:2", pool="p"))
    plan = registry.plan_pools("inference", "Qwen/Qwen3-8B", there, overrides={"tensor_parallel_size": 2})

    assert [(choice.pool, choice.count) for choice in plan.choices] == [("p", 2)]
    with pytest.raises(UnknownModelError):
        registry.plan_pools("inference", "org/none", there)
    with pytest.raises(InvalidOverrideError):
        registry.plan_pools("inference", "Qwen/Qwen3-8B", there, overrides={"batch_siz": 1})
