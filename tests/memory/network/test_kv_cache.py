"""Bytes of the key and value cache."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry.memory.network.kv_cache import (
    cache_bytes,
    element_bytes,
    layer_token_bytes,
    vllm_cache_bytes,
    vllm_layers,
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
    shape = shape_of(model())

    assert layer_token_bytes(shape, 2, parallel=parallel) == 4096 / share


def test_a_latent_cache_is_whole_on_every_gpu(model: Make) -> None:
    """There are no heads to divide."""
    assert layer_token_bytes(shape_of(model("deepseek-v3")), 2, parallel=8) == 576 * 2


@pytest.mark.parametrize(
    ("window", "layers"),
    [
        pytest.param(None, 48, id="no window"),
        pytest.param({"window": 1024, "num_layers": 40}, 48, id="40 and 8 in groups of 8"),
        pytest.param({"window": 1024, "num_layers": 41}, 49, id="41 and 7 in groups of 7"),
        pytest.param({"window": 1024, "num_layers": 39}, 54, id="39 and 9: a group that is not full is paid for"),
        pytest.param({"window": 1024, "num_layers": 48}, 48, id="every layer has one"),
    ],
)
def test_layers_that_vllm_sets_aside(window: dict[str, int] | None, layers: int, model: Make) -> None:
    """Layers with and without a window share one pool, in groups of equal size."""
    assert vllm_layers(shape_of(model("gemma-3-12b", sliding_window=window))) == layers


def test_layers_with_a_window_hold_no_more_than_it(model: Make) -> None:
    """gemma-3-12b at 8192 tokens: 8 layers hold them all, 40 hold 1024."""
    shape = shape_of(model("gemma-3-12b"))

    assert cache_bytes(shape, 2, tokens=8192) == (8 * 8192 + 40 * 1024) * 8192
    assert cache_bytes(shape, 2, tokens=512) == 48 * 512 * 8192


def test_vllm_counts_whole_blocks_and_the_batch_in_a_window(model: Make) -> None:
    """A window layer holds the window and the batch that moves through it."""
    plain, windowed = shape_of(model()), shape_of(model("gemma-3-12b"))

    assert vllm_cache_bytes(plain, 2, tokens=100, batch_tokens=2048) == 112 * 131_072
    assert vllm_cache_bytes(windowed, 2, tokens=8192, batch_tokens=2048) == 8 * (5 * 3072 + 8192) * 8192
    assert vllm_cache_bytes(windowed, 2, tokens=64, batch_tokens=2048) == 48 * 64 * 8192
