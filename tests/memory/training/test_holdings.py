"""Where in the network the weights are, and what is trained of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from model_garden_registry.memory.constants import CALIBRATED
from model_garden_registry.memory.network.adapters import Adapted, adapted
from model_garden_registry.memory.network.shape import shape_of
from model_garden_registry.memory.training.holdings import (
    Asked,
    Holdings,
    holdings_of,
    placed_trained,
    placed_weights,
    standing_of,
)
from model_garden_registry.memory.training.precision import Precision
from model_garden_registry.memory.training.runtime import TrainingRuntime, training_runtime
from model_garden_registry.memory.training.several_gpus.sharding import GpuShare, Placed
from model_garden_registry.memory.training.step import Step, sized, step_of

Make = Callable[..., Any]

MATRIX = 128256 * 4096


HALF, FLOAT = Precision(2, 2, 2, 2), Precision(4, 4, 4, 4, stream=4)


def step(chosen: Adapted | None, stream: int = 2) -> Step:
    return Step(
        batch=1,
        sequence=1,
        stream=stream,
        weight_format="nf4" if stream == 4 else "half",
        adapted=chosen,
        adapter_bytes=4,
        drops_out=False,
        is_eager=False,
        peak_score_bytes=16,
        repeats_heads=False,
        autocasts=False,
        fuses=False,
        is_handwritten=False,
    )


def test_a_gpu_has_its_share_of_each_part() -> None:
    """The copy that the optimizer's step makes is divided like its state."""
    whole = Holdings(weights=100, adapters=80, gradients=60, optimizer=40, step_copy=20)

    assert whole.on(GpuShare(8, 0.5, 0.25, 0.1, 0.2)) == Holdings(50, 20, 6, 8, 4)


@pytest.mark.parametrize(("stream", "rest"), [(2, 2), (4, 4)])
def test_embeddings_and_head_are_at_the_ends(stream: int, rest: int, model: Make) -> None:
    """Llama-3.1-8B: what is neither is in 32 layers of one size."""
    shape = shape_of(model())
    placed = placed_weights(shape, step(Adapted()), FLOAT if stream == 4 else HALF, 16_060_522_496)

    layers = 16_060_522_496 - 2 * rest * MATRIX
    assert placed == pytest.approx(Placed(rest * MATRIX, layers, rest * MATRIX, layers / 32))


def test_a_vision_tower_is_with_the_embeddings(model: Make) -> None:
    """Gemma-3-12B, whose head is tied."""
    shape = shape_of(model("gemma-3-12b"))
    placed = placed_weights(shape, step(Adapted()), HALF, 2 * shape.parameters)

    assert (placed.first, placed.last) == (2 * (262208 * 3840 + 421290864), 0)
    assert placed.total == 2 * shape.parameters


def test_all_weights_are_trained_where_they_stand(model: Make, training: Make) -> None:
    """In half precision."""
    entry = model()
    shape = shape_of(entry)
    plain = step(None)

    placed = placed_trained(shape, plain, training(entry), TrainingRuntime(), precision=HALF)
    assert placed == placed_weights(shape, plain, HALF, 2 * shape.parameters)


def test_adapters_are_where_their_matrices_are(model: Make, training: Make) -> None:
    """Rank 16 in four bytes; on queries of all layers and on the head alone."""
    entry = model()
    shape = shape_of(entry)
    chosen = adapted(shape, ("q_proj", "lm_head"))

    placed = placed_trained(shape, step(chosen), training(entry), TrainingRuntime(), precision=FLOAT)
    assert placed == Placed(0, 4 * 32 * 16 * 8192, 4 * 16 * (128256 + 4096), 4 * 16 * 8192)


def test_the_fullest_layer_is_that_of_some_group(model: Make, training: Make) -> None:
    """DeepSeek-V3: of its weights in a layer with experts; of adapters on dense layers alone in one of those."""
    entry = model("deepseek-v3", model_type="no family that is known")
    shape = shape_of(entry)
    chosen = adapted(shape, ("gate_proj",))
    chosen = replace(chosen, by_group=(chosen.by_group[0], ()))

    weights = placed_weights(shape, step(None), HALF, 2 * shape.parameters)
    trained = placed_trained(shape, step(chosen), training(entry), TrainingRuntime(), precision=FLOAT)
    linear = [sum(linear.parameters for linear in group.linears) for group in shape.groups]
    assert weights.fullest_layer == pytest.approx(weights.layers * linear[1] / sum(linear) / 58)
    assert trained == Placed(0, 3 * 4 * 16 * (7168 + 18432), 0, 4 * 16 * (7168 + 18432))


def test_trained_ends_are_where_they_stand(model: Make, training: Make) -> None:
    """Whole matrices in half precision, beside no adapter."""
    entry = model()
    shape = shape_of(entry)

    tried = step(Adapted(((),)))._replace(trains_ends=True)
    placed = placed_trained(shape, tried, training(entry), TrainingRuntime(), precision=HALF)
    assert placed == Placed(2 * MATRIX, 0, 2 * MATRIX, 0)


def test_an_8_bit_optimizer_keeps_the_moments_of_trained_embeddings_in_32_bits(model: Make, training: Make) -> None:
    """Those of the head in 8, with a float32 for 256 of them. Source: transformers, `trainer.py` create_optimizer."""
    entry = model()
    shape = shape_of(entry)
    optimizers = []
    for trains in (False, True):
        settings = training(entry, method="lora", optim="adamw_8bit", trains_embeddings=trains)
        tried = step_of(entry, shape, settings, TrainingRuntime())
        held = holdings_of(shape, tried, settings, TrainingRuntime(), precision=HALF)
        optimizers.append(held.optimizer)

    assert optimizers[1] - optimizers[0] == MATRIX * 2 * 4 + MATRIX * 2 * (1 + 4 / 256)


RUNS: list[dict[str, Any]] = [
    {},
    {"method": "full"},
    {"method": "full", "n_gpus": 8, "sharding": "zero3"},
    {"method": "full", "n_gpus": 4, "sharding": "fsdp"},
    {"n_gpus": 2, "sharding": "device_map"},
    {"stack": "axolotl", "r": 64, "target_modules": "all-linear"},
]


@pytest.mark.parametrize("name", ["llama-3.1-8b", "deepseek-v3"])
@pytest.mark.parametrize("changes", RUNS)
@pytest.mark.parametrize(
    "tokens",
    [{"batch_size": 7}, {"max_seq_length": 4096}, {"gradient_accumulation_steps": 32}],
    ids=lambda one: next(iter(one)),
)
def test_what_stands_does_not_depend_on_the_tokens(
    name: str, changes: dict[str, Any], tokens: dict[str, Any], model: Make, training: Make
) -> None:
    """It is made once, and made anew for other tokens it would be the same."""
    entry = model(name)
    settings, others = (training(entry, **changes, **more) for more in ({}, tokens))
    one, other = (Asked(entry, each, training_runtime(each), constants=CALIBRATED) for each in (settings, others))

    assert standing_of(one) is standing_of(other)
    anew = standing_of.__wrapped__(other)
    assert anew._replace(step=sized(anew.step, settings)) == standing_of(one)._replace(
        step=sized(standing_of(one).step, settings)
    )


@pytest.mark.parametrize(
    "changes",
    [
        *RUNS[1:],
        {"r": 32},
        {"lora_dropout": 0.1},
        {"algorithm": "dpo"},
        {"n_gpus": 2, "context_parallel_size": 2},
        {"packing": True},
    ],
)
def test_what_stands_depends_on_every_other_setting(changes: dict[str, Any], model: Make, training: Make) -> None:
    """Whatever may change a number is another question, and so is another entry, runtime or constant."""
    entry = model()
    asked = [
        Asked(entry, each, training_runtime(each), constants=CALIBRATED)
        for each in (training(entry), training(entry, **changes))
    ]

    assert asked[0] != asked[1]
    assert standing_of(asked[0]) is not standing_of(asked[1])
    assert asked[0] != asked[0].key
