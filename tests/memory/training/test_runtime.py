"""What a training process does beside what settings say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest

from model_garden_registry.memory.training.runtime import TrainingRuntime, training_runtime
from model_garden_registry.memory.training.training_estimate import estimate_training

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


@pytest.mark.parametrize("name", [field.name for field in fields(TrainingRuntime)])
def test_each_fact_changes_the_estimate(name: str, model: Make, training: Make) -> None:
    """Of some method and kernel, for a model with tied ends, trained or quantised."""
    entry = model("llama-3.2-1b")
    value = "allocated" if name == "reading" else True
    base = {"unties_head": name == "quantizes_head", "upcasts_rest": name == "autocasts"}
    plain, changed = ({**base}, {**base, name: value})
    chosen = [
        training(entry, method=method, gradient_checkpointing=checkpointing, max_seq_length=length)
        for method in ("full", "qlora")
        for checkpointing in (False, True)
        for length in (128, 8192)
    ]

    assert any(
        estimate_training(entry, settings, runtime=TrainingRuntime(**plain)).parts
        != estimate_training(entry, settings, runtime=TrainingRuntime(**changed)).parts
        for settings in chosen
    )
