"""The estimate for either task, exact or coarse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from own_facts import facts_laid_over

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.errors import MissingShapeError
from model_garden_registry.memory.estimates import COARSE_MARGIN
from model_garden_registry.memory.estimation import coarse_estimate, estimate, typical_architecture
from model_garden_registry.memory.serving.serving_estimate import estimate_inference
from model_garden_registry.memory.training.training_estimate import estimate_training
from model_garden_registry.units import GIB

Make = Callable[..., Any]


def test_settings_say_the_task(model: Make, training: Make, inference: Make) -> None:
    """The same answers as from the task's own function."""
    entry = model()
    train, serve = training(entry), inference(entry)

    assert estimate(entry, train) == estimate_training(entry, train)
    assert estimate(entry, serve, gpu_total_bytes=24 * GIB) == estimate_inference(
        entry, serve, gpu_total_bytes=24 * GIB
    )


def test_an_entry_without_a_shape_gets_a_coarse_answer(shapeless: ModelInfo, training: Make, inference: Make) -> None:
    """Marked as such, with a wide margin, and with what is missing."""
    for settings in (training(shapeless), inference(shapeless)):
        coarse = estimate(shapeless, settings)

        assert (coarse.is_coarse, coarse.margin, coarse.error_band) == (True, COARSE_MARGIN, COARSE_MARGIN)
        assert coarse.assumptions[0] == (
            "architecture.num_hidden_layers is not stated: a typical network of 8B parameters"
        )


@pytest.mark.parametrize("task", ["training", "inference"])
def test_a_coarse_answer_is_in_the_neighbourhood(task: str, model: Make, training: Make, inference: Make) -> None:
    """Llama-3.1-8B without its layers, within its margin of the exact answer."""
    exact, partial = model(), model(parameters=8_030_261_248, num_hidden_layers=None)
    make = training if task == "training" else inference

    coarse = estimate(partial, make(partial))
    assert coarse.is_coarse
    assert coarse.expected_bytes == pytest.approx(estimate(exact, make(exact)).expected_bytes, rel=COARSE_MARGIN)


def test_sharding_keeps_no_wider_margin_than_coarse(shapeless: ModelInfo, training: Make) -> None:
    """The wider of the two counts."""
    missing = MissingShapeError("acme/owl", "hidden_size")
    coarse = coarse_estimate(shapeless, training(shapeless, n_gpus=2, sharding="zero3"), missing)

    assert coarse.margin == COARSE_MARGIN


@pytest.mark.parametrize(
    ("parameters", "layers", "hidden"),
    [
        pytest.param("7B", 32, 4096, id="as Llama-2-7B: 32 x 4096"),
        pytest.param("70B", 69, 8832, id="near Llama-2-70B: 80 x 8192"),
        pytest.param("1K", 1, 128, id="never nothing"),
    ],
)
def test_a_typical_network(parameters: str, layers: int, hidden: int, shapeless: ModelInfo) -> None:
    """From the size in words alone."""
    typical = typical_architecture(shapeless.model_copy(update={"parameters": parameters}))

    assert (typical.num_hidden_layers, typical.hidden_size) == (layers, hidden)


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        pytest.param("0B", 1, id="none"),
        pytest.param("9999x999999T", 10**15, id="more than any entry may count"),
    ],
)
def test_a_size_that_no_network_has_is_answered(
    text: str, parameters: int, shapeless: ModelInfo, training: Make, inference: Make
) -> None:
    """As for the nearest that an entry may state, so that one odd entry spoils no list."""
    odd = shapeless.model_copy(update={"parameters": text})

    assert typical_architecture(odd).parameters == parameters
    for settings in (training(odd), inference(odd)):
        assert estimate(odd, settings).parts["weights"] == 2 * parameters


def test_what_is_stated_beside_the_shape_is_kept(model: Make) -> None:
    """Parameters as counted, type, and vision tower."""
    entry = model("gemma-3-12b", num_hidden_layers=None, dtype="float32")
    typical = typical_architecture(entry)

    assert (typical.parameters, typical.dtype) == (12_187_325_040, "float32")
    assert typical.vision == entry.architecture.vision


@pytest.mark.parametrize("task", ["training", "inference"])
def test_a_mixer_that_nobody_knows_makes_the_answer_coarse(
    task: str, model: Make, training: Make, inference: Make
) -> None:
    """What the layers of such a family are made of is not guessed."""
    groups = [
        {"count": 24, "mixer": "short_conv", "feed_forward": "dense", "conv_dim": 4096},
        {"count": 8, "mixer": "full", "feed_forward": "dense"},
    ]
    with facts_laid_over(families={"families": {"owl": {"mixers": {"linear": {"in_proj": "hidden > hidden"}}}}}):
        entry = model(model_type="owl", layers=groups)
        coarse = estimate(entry, training(entry) if task == "training" else inference(entry))

    assert coarse.is_coarse
    assert coarse.assumptions[0] == (
        "architecture.layers: what short_conv of owl is made of is not stated: a typical network of 8B parameters"
    )
