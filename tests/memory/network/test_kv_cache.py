"""Bytes of the key and value cache."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry.memory.network.kv_cache import (
    cache_bytes,
    element_bytes,
    layer_token_bytes,
)
from model_garden_registry.memory.network.shape import shape_of

Make = Callable[..., Any]


@pytest.mark.parametrize(
    ("name", "per_token"),
    [
        pytest.param("llama-3.1-8b", 131_072, id="grouped queries: 2 x 32 x 8 x 128 x 2"),
        pytest.param("phi-2", 327_680, id="as many key heads as query heads"),
        pytest.param("deepseek-v3", 70_272, id="latent: 61 x (512 + 64) x 2"),
    ],
)
def test_bytes_of_a_token(name: str, per_token: int, model: Make) -> None:
    """All layers together, in 16 bits."""
    assert cache_bytes(shape_of(model(name)), 2, tokens=1) == per_token


@pytest.mark.parametrize(
    ("dtype", "compute", "size"),
    [("auto", 2, 2), ("auto", 4, 4), ("bfloat16", 4, 2), ("fp8", 2, 1), ("fp8_e5m2", 2, 1)],
)
def test_bytes_of_an_element(dtype: str, compute: int, size: int) -> None:
    """Automatic is the type of the computation."""
    assert element_bytes(dtype, compute) == size


@pytest.mark.parametrize(("parallel", "share"), [(1, 1), (2, 2), (8, 8), (16, 8)])
def test_key_heads_are_divided_among_gpus(parallel: int, share: int, model: Make) -> None:
    """Until each GPU has one."""
    (group,) = shape_of(model()).groups

    assert layer_token_bytes(group.mixer, 2, parallel=parallel) == 4096 / share


def test_a_latent_cache_is_whole_on_every_gpu(model: Make) -> None:
    """There are no heads to divide."""
    groups = shape_of(model("deepseek-v3")).groups

    assert [layer_token_bytes(group.mixer, 2, parallel=8) for group in groups] == [576 * 2, 576 * 2]


@pytest.mark.parametrize(
    "group",
    [
        pytest.param({"mixer": "none"}, id="no mixer"),
        pytest.param({"mixer": "full", "shares_cache": True}, id="the cache of other layers"),
    ],
)
def test_some_layers_cache_nothing(group: dict[str, Any], model: Make) -> None:
    """Over however many GPUs."""
    (found,) = shape_of(model(layers=[{"count": 1, "feed_forward": "dense", **group}])).groups

    assert layer_token_bytes(found.mixer, 2, parallel=8) == 0


def test_each_group_caches_what_its_heads_make(model: Make) -> None:
    """Gemma 4's layers with a window have other heads than those without."""
    groups = [
        {"count": 40, "mixer": "window", "feed_forward": "dense", "window": 1024},
        {"count": 8, "mixer": "full", "feed_forward": "dense", "num_key_value_heads": 1, "head_dim": 512},
    ]

    assert cache_bytes(shape_of(model("gemma-3-12b", layers=groups)), 2, tokens=8192) == (
        40 * 1024 * 8192 + 8 * 8192 * 2048
    )


def test_layers_with_a_window_never_need_more_than_it(model: Make) -> None:
    """gemma-3-12b at 8192 tokens: 8 layers cache them all, 40 cache 1024."""
    shape = shape_of(model("gemma-3-12b"))

    assert cache_bytes(shape, 2, tokens=8192) == (8 * 8192 + 40 * 1024) * 8192
    assert cache_bytes(shape, 2, tokens=512) == 48 * 512 * 8192
