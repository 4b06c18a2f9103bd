"""What a training process does beside what settings say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any, get_args

import pytest
from own_facts import facts_laid_over

from model_garden_registry.entries.defaults import TrainingStack
from model_garden_registry.families.tables import table
from model_garden_registry.memory.training.runtime import TrainingRuntime, training_runtime
from model_garden_registry.memory.training.training_estimate import estimate_training

Make = Callable[..., Any]


#: A release of TRL that does this and that by itself.
FACTS = {
    "upcasts_rest": True,
    "double_quantizes": True,
    "autocasts": False,
    "offloads_activations": True,
    "fuses": True,
    "loss": "tiled",
    "loss_tile": [512, 1024],
}


@pytest.mark.parametrize(
    ("version", "loss", "runtime"),
    [
        pytest.param("1.0", "full", TrainingRuntime(autocasts=True), id="one release"),
        pytest.param(
            "2.0",
            "tiled",
            TrainingRuntime(
                upcasts_rest=True, double_quantizes=True, offloads_activations=True, fuses=True, loss_tile=(512, 1024)
            ),
            id="another one",
        ),
        pytest.param(
            "2.0",
            "chunked",
            TrainingRuntime(upcasts_rest=True, double_quantizes=True, offloads_activations=True, fuses=True),
            id="a loss that is not its own has no tile of its own",
        ),
    ],
)
def test_what_a_stack_does_by_itself(
    version: str, loss: str, runtime: TrainingRuntime, model: Make, training: Make
) -> None:
    """A user's estimate counts the whole process, as the stack runs it."""
    first = dict.fromkeys(("upcasts_rest", "double_quantizes", "offloads_activations", "fuses"), False)
    (whole, *_) = table("stacks")["stacks"]["trl"]["ranges"]
    ranges = [{**whole, **first, "since": "1.0", "autocasts": True, "loss": "full"}, {"since": "2.0", **FACTS}]
    with facts_laid_over(stacks={"stacks": {"trl": {"oldest": "1.0", "ranges": ranges}}}):
        settings = training(model(), stack="trl", stack_version=version, loss=loss)

        assert training_runtime(settings) == runtime


@pytest.mark.parametrize("stack", get_args(TrainingStack))
def test_every_stack_can_be_run(stack: str, model: Make, training: Make) -> None:
    """And is counted as a process."""
    assert training_runtime(training(model(), stack=stack)).reading == "process"


#: What a fact is set to, where that is not yes or no.
VALUES = {"reading": "allocated", "loss_tile": (64, 512)}


@pytest.mark.parametrize("name", [field.name for field in fields(TrainingRuntime)])
def test_each_fact_changes_the_estimate(name: str, model: Make, training: Make) -> None:
    """Of some method and kernel, for a model with tied ends, trained or quantised."""
    entry = model("llama-3.2-1b")
    value = VALUES.get(name, True)
    base = {"unties_head": name == "quantizes_head", "upcasts_rest": name == "autocasts"}
    plain, changed = ({**base}, {**base, name: value})
    chosen = [
        training(entry, method=method, gradient_checkpointing=checkpointing, max_seq_length=length, loss=loss)
        for loss in (("chunked", "tiled") if name == "loss_tile" else ("full",))
        for method in ("full", "qlora")
        for checkpointing in (False, True)
        for length in (128, 8192)
    ]

    assert any(
        estimate_training(entry, settings, runtime=TrainingRuntime(**plain)).parts
        != estimate_training(entry, settings, runtime=TrainingRuntime(**changed)).parts
        for settings in chosen
    )
