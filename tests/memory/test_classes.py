"""Classes of networks and runs."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from model_garden_registry import load_registry
from model_garden_registry.entries.tasks import Task
from model_garden_registry.memory.classes import SPREADS, MemoryClass, class_of
from model_garden_registry.memory.network.shape import shape_of

REGISTRY = load_registry()


@pytest.mark.parametrize(
    ("model_id", "task", "changes", "kind"),
    [
        ("Qwen/Qwen3-8B", "training", {}, "dense"),
        ("Qwen/Qwen3-8B", "training", {"n_gpus": 4}, "dense"),
        ("Qwen/Qwen3-8B", "training", {"n_gpus": 4, "sharding": "zero3"}, "sharded"),
        ("Qwen/Qwen3-8B", "training", {"sharding": "zero3"}, "dense"),
        ("Qwen/Qwen3-8B", "training", {"sharding": "zero2", "offload": "optimizer", "stack": "trl"}, "sharded"),
        ("Qwen/Qwen3-8B", "training", {"n_gpus": 2, "context_parallel_size": 2, "stack": "trl"}, "sharded"),
        ("Qwen/Qwen3-30B-A3B", "training", {}, "mixture_of_experts"),
        ("Qwen/Qwen3-Next-80B-A3B-Instruct", "training", {"n_gpus": 1}, "hybrid"),
        ("Qwen/Qwen2.5-VL-7B-Instruct", "training", {}, "vision"),
        ("Qwen/Qwen3-Next-80B-A3B-Instruct", "inference", {}, "serving"),
    ],
)
def test_what_is_hardest_to_count_decides(
    model_id: str, task: Task, changes: dict[str, Any], kind: MemoryClass
) -> None:
    """Of training: several GPUs, then states, then experts, then images."""
    assert class_of(shape_of(REGISTRY[model_id]), REGISTRY.settings(model_id, task, **changes)) == kind


def test_every_class_has_a_spread() -> None:
    """And what is added to be safe is no less than nothing."""
    assert set(SPREADS) == set(get_args(MemoryClass))
    assert all(0 < spread.band <= 1 and 0 < spread.margin <= 1 for spread in SPREADS.values())
