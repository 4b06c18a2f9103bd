"""Bytes of optimizer state."""

from __future__ import annotations

from typing import get_args

import pytest

from model_garden_registry.entries.defaults import Optimizer
from model_garden_registry.memory.training.optimizers import OPTIMIZER_STATES


def test_every_optimizer_is_there() -> None:
    """Whatever the file format allows has a size."""
    assert set(OPTIMIZER_STATES) == set(get_args(Optimizer))


@pytest.mark.parametrize(
    ("name", "per_parameter"),
    [
        pytest.param("adamw_torch", 8, id="two moments in float32"),
        pytest.param("adamw_8bit", 2.03, id="two moments in a byte each, and their scales"),
        pytest.param("lion_32bit", 4, id="one moment"),
        pytest.param("sgd", 0, id="none"),
        pytest.param("paged_adamw_32bit", 0, id="in main memory"),
        pytest.param("ademamix", 12, id="three moments"),
    ],
)
def test_bytes_of_a_trained_parameter_in_float32(name: Optimizer, per_parameter: float) -> None:
    """States times their width; where it is the parameter's own, four bytes."""
    state = OPTIMIZER_STATES[name]

    assert state.states * (4 if state.bytes_each is None else state.bytes_each) == pytest.approx(
        per_parameter, abs=0.01
    )


@pytest.mark.parametrize("name", ["lomo", "adalomo", "galore_adamw_layerwise", "apollo_adamw_layerwise"])
def test_layerwise_optimizers_keep_no_gradients(name: Optimizer) -> None:
    """Each gradient is used as soon as it is there."""
    assert OPTIMIZER_STATES[name].in_backward
