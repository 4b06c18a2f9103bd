"""What is whole on a GPU for a moment, and the buffers for that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry.memory.network.shape import shape_of
from model_garden_registry.memory.training.runtime import TrainingRuntime
from model_garden_registry.memory.training.several_gpus.sharding import Placed
from model_garden_registry.memory.training.several_gpus.traffic import Traffic, stepped_share, traffic_of
from model_garden_registry.memory.training.step import step_of

Make = Callable[..., Any]

#: Llama-3.1-8B: its weights in half precision, one matrix at an end, one of its layers, the largest matrix of that.
PARAMETERS, END, LAYER, LINEAR = 8_030_261_248, 128256 * 4096, 218_112_000, 14336 * 4096
WEIGHTS = Placed(2 * END, 64 * LAYER, 2 * END, 2 * LAYER)
DEFAULT = 500_000_000
MILLIARD = 10**9


def found(model: Make, training: Make, name: str = "llama-3.1-8b", **changes: Any) -> Traffic:
    entry = model(name)
    settings = training(entry, **{"n_gpus": 4, "method": "full", **changes})
    step = step_of(entry, shape_of(entry), settings, TrainingRuntime())
    return traffic_of(shape_of(entry), step, settings, weights=WEIGHTS, gradients=777.0)


@pytest.mark.parametrize(
    ("changes", "traffic"),
    [
        pytest.param({"n_gpus": 1, "sharding": "none"}, Traffic(), id="one GPU"),
        pytest.param({"sharding": "device_map"}, Traffic(), id="layers that stay where they are"),
        pytest.param({"sharding": "none"}, Traffic(standing=777.0), id="DDP: buckets are a copy of the gradients"),
        pytest.param({"sharding": "zero1"}, Traffic(reduced=2 * DEFAULT), id="ZeRO-1: a bucket"),
        pytest.param({"sharding": "zero2"}, Traffic(reduced=2 * DEFAULT), id="ZeRO-2: a bucket"),
        pytest.param({"sharding": "zero2", "n_gpus": 1}, Traffic(reduced=2 * DEFAULT), id="on one GPU as well"),
        pytest.param(
            {"sharding": "zero2", "offload": "optimizer"},
            Traffic(reduced=2 * DEFAULT + 2 * END),
            id="and a buffer to main memory",
        ),
        pytest.param(
            {"sharding": "zero2", "stack": "ms-swift"}, Traffic(reduced=4 * 10**8), id="ms-swift's own bucket"
        ),
        pytest.param(
            {"sharding": "zero2", "stack": "axolotl"}, Traffic(reduced=4 * DEFAULT), id="axolotl overlaps two"
        ),
        pytest.param(
            {"sharding": "zero3"},
            Traffic(
                2 * MILLIARD + 2 * LINEAR, 2 * END + 777.0, standing=2 * DEFAULT, keeps_gradients=True, has_pools=True
            ),
            id="ZeRO-3: weights that live, the gradient of the head beside a bucket that is reduced, a bucket",
        ),
        pytest.param(
            {"sharding": "zero3", "method": "lora"},
            Traffic(2 * MILLIARD + 2 * LINEAR, 777.0, standing=2 * DEFAULT, keeps_gradients=True, has_pools=True),
            id="which is not trained here",
        ),
        pytest.param(
            {"sharding": "zero3", "stack": "axolotl"},
            Traffic(2 * END, 2 * END + 777.0, standing=2 * 4096**2, keeps_gradients=True, has_pools=True),
            id="axolotl: no more than the largest module, a bucket by the width",
        ),
        pytest.param(
            {"sharding": "zero3", "stack": "ms-swift"},
            Traffic(2 * MILLIARD + 2 * LINEAR, 2 * END, standing=2 * 4096**2, keeps_gradients=True),
            id="ms-swift overlaps nothing",
        ),
        pytest.param(
            {"sharding": "fsdp"},
            Traffic(4 * END + 4 * LAYER, 4 * END + 2 * LAYER, 2 * END, has_pools=True),
            id="FSDP1: both ends and two layers",
        ),
        pytest.param(
            {"sharding": "fsdp2"}, Traffic(2 * END + 4 * LAYER, 2 * LAYER, has_pools=True), id="FSDP2: an end at a time"
        ),
        pytest.param(
            {"sharding": "fsdp2", "stack": "llama-factory"},
            Traffic(4 * END + 4 * LAYER, 4 * END + 2 * LAYER, 2 * END, has_pools=True),
            id="with an older accelerate both",
        ),
    ],
)
def test_what_is_whole(changes: dict[str, Any], traffic: Traffic, model: Make, training: Make) -> None:
    """On one of four GPUs, for a stack with DeepSpeed's own settings."""
    expected = found(model, training, **changes)

    assert expected == pytest.approx(traffic, rel=0.001)


@pytest.mark.parametrize(
    ("sharding", "stack", "loaded", "gathered"),
    [
        pytest.param("zero2", "axolotl", 0, 0, id="whole anyway"),
        pytest.param("zero3", "ms-swift", 1, None, id="whole until they are divided"),
        pytest.param("fsdp", "axolotl", 1, 4 * END + 4 * LAYER, id="FSDP1"),
        pytest.param("fsdp2", "axolotl", 1 + 1 / 4, 2 * END + 4 * LAYER, id="FSDP2: beside the shares"),
        pytest.param("fsdp2", "ms-swift", 1, 2 * END, id="bytes stay whole"),
    ],
)
def test_quantised_weights_while_they_are_loaded(
    sharding: str, stack: str, loaded: float, gathered: float | None, model: Make, training: Make
) -> None:
    """`fsdp2_prepare_model` holds all of them in a dictionary until it is done."""
    traffic = found(model, training, method="qlora", sharding=sharding, stack=stack)

    assert traffic.loaded == loaded * WEIGHTS.total
    assert traffic.gathered == pytest.approx(2 * MILLIARD + 2 * LINEAR if gathered is None else gathered)


def test_fused_experts_of_a_layer_are_one_module(model: Make, training: Make) -> None:
    """Qwen3-30B-A3B: 128 experts of 768 make more than its head."""
    traffic = found(model, training, "qwen3-30b-a3b", sharding="zero3", stack="axolotl", method="lora")

    assert traffic.gathered == 2 * 128 * 3 * 768 * 2048


@pytest.mark.parametrize(
    ("changes", "trained", "share"),
    [
        pytest.param({"sharding": "zero2"}, PARAMETERS, 1, id="all at once"),
        pytest.param({"sharding": "zero3"}, PARAMETERS, 4 * MILLIARD / PARAMETERS, id="a group of 10^9"),
        pytest.param({"sharding": "zero3"}, 40_000_000, 1, id="an adapter is no more than one group"),
        pytest.param({"sharding": "zero3"}, 0, 1, id="nothing"),
        pytest.param({"sharding": "zero3", "stack": "axolotl"}, PARAMETERS, END / PARAMETERS, id="a tensor each"),
    ],
)
def test_what_a_step_takes_at_once(
    changes: dict[str, Any], trained: int, share: float, model: Make, training: Make
) -> None:
    """Of what one of four GPUs has."""
    entry = model()
    settings = training(entry, n_gpus=4, **changes)

    assert stepped_share(shape_of(entry), settings, trained) == pytest.approx(share)
