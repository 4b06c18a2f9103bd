"""How vLLM divides its cache into blocks and groups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry.memory.network.shape import shape_of
from model_garden_registry.memory.serving.vllm_cache import Groups, layer_groups, pool_token_bytes, sequence_bytes

Make = Callable[..., Any]


@pytest.mark.parametrize(
    ("windowed", "groups"),
    [
        pytest.param(0, Groups(48, 0, 1), id="no window: one group of all layers"),
        pytest.param(48, Groups(48, 1, 0), id="every layer has one"),
        pytest.param(40, Groups(8, 5, 1), id="40 and 8 in groups of 8"),
        pytest.param(39, Groups(9, 5, 1), id="39 and 9: the last group is not full"),
        pytest.param(9, Groups(9, 1, 5), id="most layers without one"),
    ],
)
def test_groups_are_as_large_as_the_rarer_kind(windowed: int, groups: Groups) -> None:
    """48 layers with and without a window are divided into groups of one size."""
    assert layer_groups(48, windowed) == groups


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
    assert pool_token_bytes(shape_of(model("gemma-3-12b", sliding_window=window)), 2) == layers * 8192


def test_a_sequence_takes_whole_blocks_and_the_batch_in_a_window(model: Make) -> None:
    """A layer with a window needs the window and the batch that moves through it."""
    plain, windowed = shape_of(model()), shape_of(model("gemma-3-12b"))

    assert sequence_bytes(plain, 2, tokens=100, batch_tokens=2048) == 112 * 131_072
    assert sequence_bytes(windowed, 2, tokens=8192, batch_tokens=2048) == 8 * (5 * 3072 + 8192) * 8192
    assert sequence_bytes(windowed, 2, tokens=64, batch_tokens=2048) == 48 * 64 * 8192
