"""Settings that cannot stand together."""

from __future__ import annotations

from typing import Any

import pytest

from model_garden_registry import load_registry
from model_garden_registry.errors import InvalidOverrideError

REGISTRY = load_registry()
MODEL = "Qwen/Qwen3-8B"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        pytest.param(
            {"offload": "optimizer", "stack": "trl"},
            "offload = 'optimizer' is not possible (from override: keyword): the optimizer waits in main memory only "
            "where sharding is zero1, zero2, zero3",
            id="one GPU alone",
        ),
        pytest.param(
            {"offload": "optimizer", "stack": "trl", "sharding": "fsdp2", "n_gpus": 2},
            "only where",
            id="FSDP",
        ),
        pytest.param(
            {"offload": "weights", "stack": "trl", "sharding": "zero2", "n_gpus": 2},
            "weights wait in main memory only where sharding is zero3, fsdp, fsdp2",
            id="weights that are whole",
        ),
        pytest.param(
            {"context_parallel_size": 2, "n_gpus": 2, "stack": "llama-factory"},
            "LLaMA-Factory 0.9.5 does not divide sequences",
            id="a stack that cannot",
        ),
        pytest.param(
            {"context_parallel_size": 4, "n_gpus": 6, "stack": "trl"},
            "it must divide n_gpus, which is 6",
            id="GPUs that are left over",
        ),
    ],
)
def test_what_others_forbid(changes: dict[str, Any], sentence: str) -> None:
    """The sentence says what must be otherwise."""
    with pytest.raises(InvalidOverrideError) as failure:
        REGISTRY.settings(MODEL, "training", **changes)

    assert sentence in str(failure.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"offload": "optimizer", "sharding": "zero2", "stack": "trl"},
        {"offload": "weights", "sharding": "zero3", "stack": "ms-swift"},
        {"offload": "weights", "sharding": "fsdp2", "stack": "unsloth", "n_gpus": 2},
        {"offload": "activations", "stack": "axolotl"},
        {"context_parallel_size": 2, "n_gpus": 4, "stack": "unsloth"},
    ],
)
def test_what_can_stand_together(changes: dict[str, Any]) -> None:
    """It is as it was asked for."""
    settings = REGISTRY.settings(MODEL, "training", **changes).as_dict()

    assert {name: settings[name] for name in changes} == changes


def test_serving_forbids_nothing() -> None:
    """So far."""
    assert REGISTRY.settings(MODEL, "inference").gpus == 1
