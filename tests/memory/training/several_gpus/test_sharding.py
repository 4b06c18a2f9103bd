"""What of each part is on one GPU."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.task_settings import TrainingSettings
from model_garden_registry.memory.network.shape import shape_of
from model_garden_registry.memory.training.runtime import TrainingRuntime
from model_garden_registry.memory.training.several_gpus.sharding import (
    GpuShare,
    Placed,
    fullest_layer,
    gpu_shares,
)
from model_garden_registry.memory.training.step import Step, step_of

Make = Callable[..., Any]


def step(entry: ModelInfo, settings: TrainingSettings) -> Step:
    return step_of(entry, shape_of(entry), settings, TrainingRuntime())


WEIGHTS = Placed(first=100, layers=3200, last=700, fullest_layer=100)
TRAINED = Placed(first=0, layers=640, last=160, fullest_layer=20)


@pytest.mark.parametrize(
    ("gpus", "sharding", "shares"),
    [
        pytest.param(1, "device_map", [GpuShare(32)], id="one GPU has everything"),
        pytest.param(4, "none", [GpuShare(32)], id="so does each of several"),
        pytest.param(1, "zero3", [GpuShare(32)], id="a library may run on one GPU too"),
        pytest.param(4, "zero1", [GpuShare(32, optimizer=0.25)], id="zero1"),
        pytest.param(4, "zero2", [GpuShare(32, gradients=0.25, optimizer=0.25)], id="zero2"),
        pytest.param(4, "zero3", [GpuShare(32, 0.25, 0.25, 0.25, 0.25)], id="zero3"),
        pytest.param(4, "fsdp", [GpuShare(32, 0.25, 0.25, 0.25, 0.25)], id="fsdp"),
        pytest.param(4, "fsdp2", [GpuShare(32, 0.25, 0.25, 0.25, 0.25)], id="fsdp2"),
        pytest.param(
            3,
            "device_map",
            [
                GpuShare(11, 1200 / 4000, *[220 / 800] * 3, has_head=False),
                GpuShare(11, 1800 / 4000, *[380 / 800] * 3, has_embeddings=False),
            ],
            id="device_map: the most layers with either end of the network",
        ),
        pytest.param(
            64,
            "device_map",
            [
                GpuShare(1, 200 / 4000, *[20 / 800] * 3, has_head=False),
                GpuShare(1, 800 / 4000, *[180 / 800] * 3, has_embeddings=False),
            ],
            id="a layer at least",
        ),
    ],
)
def test_the_gpus_that_can_be_the_fullest(
    gpus: int, sharding: str, shares: list[GpuShare], model: Make, training: Make
) -> None:
    """Llama-3.1-8B with its 32 layers."""
    entry = model()
    settings = training(entry, method="full", n_gpus=gpus, sharding=sharding)

    assert (
        list(gpu_shares(shape_of(entry), step(entry, settings), settings, weights=WEIGHTS, trained=TRAINED)) == shares
    )


def test_a_tied_head_is_on_the_gpu_of_the_embeddings(model: Make, training: Make) -> None:
    """So only that one can be the fullest; and where nothing is trained, nothing is divided."""
    entry = model("llama-3.2-1b")
    settings = training(entry, n_gpus=4, sharding="device_map")

    shares = gpu_shares(shape_of(entry), step(entry, settings), settings, weights=WEIGHTS, trained=Placed(0, 0, 0, 0))
    assert shares == (GpuShare(4, 1200 / 4000, 1, 1, 1),)


@pytest.mark.parametrize(
    ("name", "sizes", "fullest"),
    [
        pytest.param("llama-3.1-8b", [960], 30, id="all layers are alike"),
        pytest.param("deepseek-v3", [33, 58 * 111], 111, id="58 of 61 have experts"),
        pytest.param("deepseek-v3", [33, 58], 11, id="the other kind is fuller"),
    ],
)
def test_the_fullest_layer(name: str, sizes: list[float], fullest: float, model: Make) -> None:
    """Of the group that has most in each of its layers."""
    assert fullest_layer(shape_of(model(name)), sizes) == fullest


def test_some_of_the_fullest_layers_are_no_more_than_all(model: Make, training: Make) -> None:
    """Where few layers are larger than the others."""
    entry = model()
    settings = training(entry, n_gpus=2, sharding="device_map")
    uneven = Placed(first=100, layers=3200, last=700, fullest_layer=3000)

    shares = gpu_shares(shape_of(entry), step(entry, settings), settings, weights=uneven, trained=uneven)
    assert [share.weights for share in shares] == [3300 / 4000, 3900 / 4000]


@pytest.mark.parametrize(
    ("sharding", "offload", "left"),
    [
        pytest.param("zero2", "optimizer", GpuShare(32, 1, 1, 0, 0), id="all weights stay"),
        pytest.param("zero3", "optimizer", GpuShare(32, 0.25, 0.25, 0, 0), id="a share of them"),
        pytest.param("zero3", "weights", GpuShare(32, 0, 0, 0, 0), id="nothing stays"),
        pytest.param("fsdp2", "weights", GpuShare(32, 0, 0, 0, 0), id="nor with FSDP"),
        pytest.param("fsdp2", "activations", GpuShare(32, *[0.25] * 4), id="these are no share"),
    ],
)
def test_what_waits_in_main_memory(sharding: str, offload: str, left: GpuShare, model: Make, training: Make) -> None:
    """With the optimizer's numbers go the gradients that it reads."""
    entry = model()
    settings = training(entry, method="full", n_gpus=4, sharding=sharding, offload=offload)

    assert gpu_shares(shape_of(entry), step(entry, settings), settings, weights=WEIGHTS, trained=TRAINED) == (left,)


@pytest.mark.parametrize(
    ("stack", "sharding", "weights"),
    [
        pytest.param("trl", "fsdp2", (3200 + 800 / 4) / 4000, id="bytes: layers are whole"),
        pytest.param("axolotl", "fsdp2", 1 / 4, id="stored as numbers"),
        pytest.param("trl", "fsdp", 1 / 4, id="the first version divides bytes"),
        pytest.param("llama-factory", "fsdp2", 1 / 4, id="so does an older accelerate"),
    ],
)
def test_quantised_weights_are_not_always_divided(
    stack: str, sharding: str, weights: float, model: Make, training: Make
) -> None:
    """From 1.14 on accelerate leaves packed weights out that are stored as bytes."""
    entry = model()
    settings = training(entry, n_gpus=4, sharding=sharding, stack=stack, method="qlora")

    (share,) = gpu_shares(shape_of(entry), step(entry, settings), settings, weights=WEIGHTS, trained=TRAINED)
    assert share.weights == pytest.approx(weights)


@pytest.mark.parametrize(
    ("stack", "rank", "whole"),
    [
        pytest.param("trl", 64, 0, id="matrices of more than 10^5 weights"),
        pytest.param("trl", 16, 65536 / (65536 + 16 * 14336), id="the side that is smaller"),
        pytest.param("ms-swift", 4, 1 * 16384 / (16384 + 4 * 14336), id="than ten times the width"),
        pytest.param("ms-swift", 2, 1, id="both sides"),
    ],
)
def test_small_adapters_are_not_divided(stack: str, rank: int, whole: float, model: Make, training: Make) -> None:
    """ZeRO-3 of gate and up: 4096 wide on one side, 14336 on the other."""
    entry = model()
    changes = {"lora_config.r": rank, "lora_config.target_modules": ["gate_proj", "up_proj"]}
    settings = training(entry, n_gpus=4, sharding="zero3", stack=stack, method="lora", **changes)

    (share,) = gpu_shares(shape_of(entry), step(entry, settings), settings, weights=WEIGHTS, trained=TRAINED)
    assert share.adapters == pytest.approx(whole + (1 - whole) / 4)
