"""What of each part lies on one GPU."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry.memory.constants import CALIBRATED
from model_garden_registry.memory.shape import shape_of
from model_garden_registry.memory.sharding import Share, communication_bytes, gathered_bytes, share_of
from model_garden_registry.units import GIB

Make = Callable[..., Any]


@pytest.mark.parametrize(
    ("gpus", "sharding", "share"),
    [
        pytest.param(1, "zero3", Share(), id="one GPU holds everything"),
        pytest.param(4, "none", Share(), id="so does each of several"),
        pytest.param(4, "zero2", Share(gradients=0.25, optimizer=0.25, is_derived=True), id="zero2"),
        pytest.param(4, "zero3", Share(0.25, 0.25, 0.25, 0.25, is_derived=True), id="zero3"),
        pytest.param(4, "fsdp", Share(0.25, 0.25, 0.25, 0.25, is_derived=True), id="fsdp"),
        pytest.param(3, "device_map", Share(*[11 / 32] * 5, is_derived=True), id="whole layers: the fullest GPU"),
    ],
)
def test_the_share_of_a_gpu(gpus: int, sharding: str, share: Share, model: Make, training: Make) -> None:
    """Llama-3.1-8B with its 32 layers."""
    entry = model()

    assert share_of(shape_of(entry), training(entry, n_gpus=gpus, sharding=sharding)) == share


@pytest.mark.parametrize(
    ("gpus", "sharding", "gathered", "buffers"),
    [
        (1, "zero3", 0, 0),
        (1, "zero2", 0, CALIBRATED.partition_bytes),
        (2, "none", 0, 0),
        (2, "zero3", 200, GIB),
        (2, "device_map", 0, 0),
    ],
)
def test_what_splitting_costs(
    gpus: int, sharding: str, gathered: float, buffers: float, model: Make, training: Make
) -> None:
    """Two whole layers where weights are split, and the library's buffers."""
    entry = model()
    settings = training(entry, n_gpus=gpus, sharding=sharding)

    assert gathered_bytes(3200, shape_of(entry), settings) == gathered
    assert communication_bytes(settings, CALIBRATED) == buffers
