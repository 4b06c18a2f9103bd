"""How vLLM divides its cache into blocks and groups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mixed_networks import GROUPS, Group, network, owls

from model_garden_registry.memory.network.kv_cache import cache_bytes
from model_garden_registry.memory.network.shape import shape_of
from model_garden_registry.memory.serving.vllm_cache import Kind, Pool, pool_of, pool_token_bytes, sequence_bytes

Make = Callable[..., Any]


#: Llama-3.1-8B: 8 heads of keys and values, 128 wide, in 16 bits.
FULL, WINDOW = (
    {"mixer": "full", "feed_forward": "dense"},
    {"mixer": "window", "feed_forward": "dense", "window": 1024},
)


def pool(model: Make, *groups: dict[str, Any], parallel: int = 1) -> Pool:
    """Return how layers of Llama-3.1-8B in these groups share blocks."""
    return pool_of(shape_of(model(layers=groups)), 2, parallel=parallel)


@pytest.mark.parametrize(
    ("windowed", "size", "groups"),
    [
        pytest.param(0, 48, {0: 1}, id="no window: one group of all layers"),
        pytest.param(48, 48, {1024: 1}, id="every layer has one"),
        pytest.param(40, 8, {0: 1, 1024: 5}, id="40 and 8 in groups of 8"),
        pytest.param(39, 9, {0: 1, 1024: 5}, id="39 and 9: the last group is not full"),
        pytest.param(9, 9, {0: 5, 1024: 1}, id="most layers without one"),
    ],
)
def test_groups_are_as_large_as_the_rarer_kind(windowed: int, size: int, groups: dict[int, int], model: Make) -> None:
    """48 layers with and without a window are divided into groups of one size."""
    window = {"window": 1024, "num_layers": windowed} if windowed else None
    found = pool_of(shape_of(model("gemma-3-12b", sliding_window=window)), 2)

    assert found.size == size
    assert {kind.window: found.groups(kind) for kind in found.kinds} == groups


def test_groups_of_layers_with_caches_alike_are_one_kind(model: Make) -> None:
    """Whatever follows the mixer; layers that keep none are not there."""
    found = pool(
        model,
        {**FULL, "count": 3},
        {**FULL, "count": 4, "intermediate_size": 64},
        {**FULL, "count": 5, "shares_cache": True},
        {"mixer": "none", "feed_forward": "dense", "count": 6},
    )

    assert found == Pool(7, 16 * 4096, (Kind(7, 0, 4096),))


def test_a_page_is_that_of_the_largest_kind(model: Make) -> None:
    """Where a smaller one divides it, a block has as many more tokens; else it has room to spare."""
    found = pool(
        model,
        {**FULL, "count": 8},
        {**WINDOW, "count": 16, "num_key_value_heads": 2},
        {**WINDOW, "count": 24, "num_key_value_heads": 3},
    )

    assert (found.size, found.page_bytes) == (8, 16 * 4096)
    assert [(kind.token_bytes, found.groups(kind), found.blocks(kind, 1000)) for kind in found.kinds] == [
        (4096, 1, 63),
        (1024, 2, 16),
        (1536, 3, 63),
    ]


def test_layers_without_a_cache_need_no_blocks(model: Make) -> None:
    """A network of nothing else has no pool."""
    shape = shape_of(model(layers=[{"count": 4, "mixer": "none", "feed_forward": "dense"}]))

    assert pool_of(shape, 2) == Pool(1, 0, ())
    assert (pool_token_bytes(shape, 2), sequence_bytes(shape, 2, tokens=100, batch_tokens=2048)) == (0, 0)


@pytest.mark.parametrize(("parallel", "token_bytes"), [(1, 4096), (4, 1024), (16, 512)])
def test_heads_are_divided_among_gpus(parallel: int, token_bytes: int, model: Make) -> None:
    """One at least to each."""
    (kind,) = pool(model, {**FULL, "count": 4}, parallel=parallel).kinds

    assert kind == Kind(4, 0, token_bytes)


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


@given(listed=GROUPS, tokens=st.integers(1, 10_000), batch_tokens=st.integers(1, 10_000))
def test_blocks_have_room_for_every_token(listed: list[Group], tokens: int, batch_tokens: int, model: Make) -> None:
    """A sequence never takes less of the pool than its cache is large."""
    with owls():
        shape = shape_of(network(model(), listed))

    assert sequence_bytes(shape, 2, tokens=tokens, batch_tokens=batch_tokens) >= cache_bytes(shape, 2, tokens=tokens)


@given(listed=GROUPS, tokens=st.integers(1, 10_000))
def test_layers_of_one_kind_cost_what_they_cache(listed: list[Group], tokens: int, model: Make) -> None:
    """In whole blocks."""
    with owls():
        shapes = [shape_of(network(model(), [group])) for group in listed]

    for shape in shapes:
        blocks = -(-tokens // 16) * 16
        assert sequence_bytes(shape, 2, tokens=tokens, batch_tokens=10_000) <= shape.layers * blocks * (
            shape.groups[0].mixer.cached_width * 2
        )
        assert pool_token_bytes(shape, 2) == shape.layers * shape.groups[0].mixer.cached_width * 2
