"""What a training process does beside what settings say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry.memory.training.runtime import TrainingRuntime, training_runtime

Make = Callable[..., Any]


@pytest.mark.parametrize(
    ("stack", "runtime"),
    [
        pytest.param("trl", TrainingRuntime(upcasts_rest=True, autocasts=True), id="trl prepares with PEFT"),
        pytest.param(
            "unsloth",
            TrainingRuntime(double_quantizes=True, autocasts=True, offloads_activations=True, fuses=True),
            id="unsloth offloads and fuses",
        ),
        pytest.param("axolotl", TrainingRuntime(double_quantizes=True, autocasts=True), id="axolotl"),
        pytest.param("llama-factory", TrainingRuntime(double_quantizes=True, autocasts=True), id="llama-factory"),
    ],
)
def test_what_a_stack_does_by_itself(stack: str, runtime: TrainingRuntime, model: Make, training: Make) -> None:
    """A user's estimate counts the whole process, as the stack runs it."""
    assert training_runtime(training(model(), stack=stack)) == runtime
