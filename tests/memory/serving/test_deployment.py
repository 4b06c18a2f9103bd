"""What an engine is asked to serve."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry.errors import MissingShapeError
from model_garden_registry.memory.serving.deployment import deploy

Make = Callable[..., Any]


@pytest.mark.parametrize(
    ("quantization", "changes", "name", "compute", "element"),
    [
        pytest.param(None, {}, "half", 2, 2, id="as published"),
        pytest.param(None, {"dtype": "float32"}, "float32", 4, 4, id="all in float32"),
        pytest.param(("4bit", "bitsandbytes"), {"dtype": "float32"}, "nf4-dq", 4, 4, id="what is quantised stays so"),
        pytest.param(None, {"quantization": "fp8"}, "fp8-online", 2, 2, id="quantised while loading"),
        pytest.param(None, {"kv_cache_dtype": "fp8"}, "half", 2, 1, id="a cache in 8 bits"),
    ],
)
def test_the_number_formats_of_a_deployment(
    quantization: tuple[str, str] | None,
    changes: dict[str, Any],
    name: str,
    compute: int,
    element: int,
    model: Make,
    inference: Make,
) -> None:
    """Weights, computation and cache, by entry and settings."""
    entry = model(quantization=quantization)
    found = deploy(entry, inference(entry, **changes))

    assert (found.weight_format, found.compute_bytes, found.element) == (name, compute, element)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        pytest.param({"engine_version": "0.11.0"}, "vLLM 0.11.0", id="a release"),
        pytest.param({"engine": "sglang", "engine_version": "0.5.9"}, "SGLang 0.5.9", id="another engine"),
    ],
)
def test_the_engine_is_that_of_the_settings(changes: dict[str, str], named: str, model: Make, inference: Make) -> None:
    """At the release that they name."""
    entry = model()

    assert deploy(entry, inference(entry, **changes)).engine.named == named


def test_weights_are_divided_among_gpus(model: Make, inference: Make) -> None:
    """Llama-3.1-8B: 16 GB, a quarter of them on each of four."""
    entry = model()
    one, four = (deploy(entry, inference(entry, tensor_parallel_size=gpus)).weights for gpus in (1, 4))

    assert (one, four) == (2 * 8_030_261_248, 8_030_261_248 / 2)


def test_the_cache_is_that_of_all_sequences(model: Make, inference: Make) -> None:
    """The assumptions say how many of which length."""
    entry = model()
    deployment = deploy(entry, inference(entry, concurrent=3))
    estimate = deployment.estimate(lambda: ["assumed"], weights=5, cache=100, overhead=7)

    assert {name: size for name, size in estimate.parts.items() if size} == {
        "weights": 5,
        "kv_cache": 300,
        "overhead": 7,
    }
    assert estimate.assumptions == ("assumed", "3 sequences of 8192 tokens in the cache")


def test_states_are_a_part_of_their_own(model: Make, inference: Make) -> None:
    """Of every sequence; a block that none gets is part of the cache, where there is one."""
    entry = model()
    deployment = deploy(entry, inference(entry, concurrent=3))
    both = deployment.estimate(list, weights=5, cache=100, states=10, spare=1, overhead=7)
    alone = deployment.estimate(list, weights=5, cache=0, states=10, spare=1, overhead=7)

    assert (both.parts["kv_cache"], both.parts["state_cache"], both.cache_bytes) == (301, 30, 331)
    assert (alone.parts["kv_cache"], alone.parts["state_cache"]) == (0, 31)


def test_images_need_a_tower_that_states_its_size(model: Make, inference: Make) -> None:
    """Qwen2.5-VL states it, Llama has none."""
    plain, seeing = model(), model("qwen2.5-vl-7b")

    assert deploy(plain, inference(plain, images_per_prompt=2)).encoder == 0
    assert deploy(seeing, inference(seeing, images_per_prompt=2)).encoder == 2 * 65_536 * 2 * (2 * 3420 + 4 * 1280)


def test_the_shape_must_be_stated(model: Make, inference: Make) -> None:
    """Nothing is deployed without it."""
    entry = model(vocab_size=None)

    with pytest.raises(MissingShapeError, match="vocab_size"):
        deploy(entry, inference(entry))
