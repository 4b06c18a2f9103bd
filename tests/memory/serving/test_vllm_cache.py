"""How vLLM divides its cache into blocks and groups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mixed_networks import GROUPS, Group, network, owls

from model_garden_registry.families.paging import Paging
from model_garden_registry.memory.network.kv_cache import cache_bytes
from model_garden_registry.memory.network.shape import Shape, shape_of
from model_garden_registry.memory.serving.vllm_cache import (
    BLOCK_TOKENS,
    Kind,
    Layout,
    Need,
    Pool,
    Sequence,
    need_of,
    pool_of,
)

Make = Callable[..., Any]

#: Rules of recent releases, without what states have of their own.
PAGING = Paging(
    near_groups=1.5,
    frees_chunks=True,
    counts_flights=True,
    prints_sequences=True,
    spare_blocks=1,
    state_blocks=2,
    keeps_prefixes=True,
)
HALF = Layout(element=2)

#: Llama-3.1-8B: 8 heads of keys and values, 128 wide, in 16 bits.
FULL, WINDOW, CHUNK = (
    {"mixer": "full", "feed_forward": "dense"},
    {"mixer": "window", "feed_forward": "dense", "window": 1024},
    {"mixer": "chunked", "feed_forward": "dense", "window": 1024},
)
#: The delta rule of Qwen3.6-35B-A3B, whose family says so.
DELTA = {"mixer": "linear", "feed_forward": "dense", "num_heads": 32, "head_dim": 128, "conv_kernel": 4} | {
    "key_heads": 16,
    "key_head_dim": 128,
}


def shape(model: Make, *groups: dict[str, Any], **changes: Any) -> Shape:
    """Return Llama-3.1-8B with its layers in these groups."""
    found: Shape = shape_of(model(layers=groups, model_type="qwen3_5_moe", **changes))
    return found


def pool(model: Make, *groups: dict[str, Any], parallel: int = 1, **rules: Any) -> Pool:
    """Return how layers in these groups share blocks."""
    return pool_of(shape(model, *groups), HALF._replace(parallel=parallel), PAGING._replace(**rules))


def need(found: Pool, tokens: int, in_flight: int = 2048, **changes: Any) -> Need:
    """Return the blocks of a sequence."""
    return need_of(found, Sequence(tokens, in_flight, **changes))


@pytest.mark.parametrize(
    ("windowed", "size", "groups"),
    [
        pytest.param(0, 48, {0: 1}, id="no window: one group of all layers"),
        pytest.param(48, 48, {1024: 1}, id="every layer has one"),
        pytest.param(40, 8, {0: 1, 1024: 5}, id="40 and 8 in groups of 8"),
        pytest.param(39, 9, {0: 1, 1024: 5}, id="39 and 9: the last group is not full"),
        pytest.param(9, 9, {0: 5, 1024: 1}, id="most layers without one"),
        pytest.param(28, 28, {0: 1, 1024: 1}, id="28 and 20: near enough for a group each"),
        pytest.param(29, 19, {0: 1, 1024: 2}, id="29 and 19: just too far apart"),
    ],
)
def test_groups_are_as_large_as_the_rarer_kind(windowed: int, size: int, groups: dict[int, int], model: Make) -> None:
    """48 layers with and without a window are divided into groups of one size, which may be that of the commoner."""
    window = {"window": 1024, "num_layers": windowed} if windowed else None
    found = pool_of(shape_of(model("gemma-3-12b", sliding_window=window)), HALF, PAGING)

    assert found.size == size
    assert {kind.window: found.groups_of(kind) for kind in found.kinds} == groups
    assert found.groups == sum(groups.values())


def test_how_near_two_kinds_must_be_is_up_to_the_release(model: Make) -> None:
    """13 and 12 layers, as gpt-oss with a layer that drafts."""
    groups = ({**FULL, "count": 13}, {**WINDOW, "count": 12})

    assert [pool(model, *groups, near_groups=near).size for near in (1, 1.25, 1.5)] == [12, 13, 13]


def test_groups_of_layers_with_caches_alike_are_one_kind(model: Make) -> None:
    """Whatever follows the mixer; layers that keep none are not there."""
    found = pool(
        model,
        {**FULL, "count": 3},
        {**FULL, "count": 4, "intermediate_size": 64},
        {**FULL, "count": 5, "shares_cache": True},
        {"mixer": "none", "feed_forward": "dense", "count": 6},
    )

    assert found == Pool(7, 16, 16 * 4096, (Kind(7, 4096),))


def test_layers_that_keep_equally_many_tokens_are_one_group(model: Make) -> None:
    """However wide their heads are: a block holds a page of each."""
    found = pool(model, {**FULL, "count": 3}, {**FULL, "count": 1, "num_key_value_heads": 2})

    assert (found.size, found.groups, found.block_bytes) == (4, 1, 16 * (3 * 4096 + 1024))
    assert need(found, 1000) == Need(63, 0)


def test_a_page_is_that_of_the_largest_kind(model: Make) -> None:
    """Where a smaller one divides it, a block has as many more tokens; else it has room to spare."""
    found = pool(
        model,
        {**FULL, "count": 8},
        {**WINDOW, "count": 16, "num_key_value_heads": 2},
        {**WINDOW, "count": 24, "num_key_value_heads": 3},
    )

    assert (found.size, found.page_bytes) == (8, 16 * 4096)
    assert {(kind.token_bytes, found.groups_of(kind), found.blocks_for(kind, 1000)) for kind in found.kinds} == {
        (4096, 1, 63),
        (1024, 2, 16),
        (1536, 3, 63),
    }


def test_layers_without_a_cache_need_no_blocks(model: Make) -> None:
    """A network of nothing else has no pool."""
    found = pool(model, {"count": 4, "mixer": "none", "feed_forward": "dense"})

    assert (found.block_bytes, found.kinds, found.has_states) == (0, (), False)
    assert need(found, 100) == Need(0, 0)


@pytest.mark.parametrize(("parallel", "token_bytes"), [(1, 4096), (4, 1024), (16, 512)])
def test_heads_are_divided_among_gpus(parallel: int, token_bytes: int, model: Make) -> None:
    """One at least to each."""
    (kind,) = pool(model, {**FULL, "count": 4}, parallel=parallel).kinds

    assert kind == Kind(4, token_bytes)


def test_a_window_needs_the_batch_that_moves_through_it_and_a_block_more(model: Make) -> None:
    """A window may begin within a block; no sequence has more tokens than it is long."""
    found = pool(model, {**WINDOW, "count": 4})

    assert need(found, 100_000) == Need((1024 - 1 + 2048 + 15) // 16 + 1, 0)
    assert need(found, 64) == Need(4 + 1, 0)


def test_a_chunk_begins_with_a_block(model: Make) -> None:
    """So that it needs no further one."""
    found = pool(model, {**CHUNK, "count": 4})

    assert need(found, 100_000) == Need((1024 + 2048) // 16, 0)


def test_where_chunks_are_not_given_back_every_layer_keeps_everything(model: Make) -> None:
    """One group of all layers, as with vLLM's hybrid manager switched off."""
    groups = ({**FULL, "count": 12}, {**CHUNK, "count": 36})
    without = pool(model, *groups, frees_chunks=False)

    assert pool(model, *groups).groups == 4
    assert (without.groups, without.size, need(without, 100_000)) == (1, 48, Need(6250, 0))


def test_gpus_may_divide_the_tokens_of_a_sequence(model: Make) -> None:
    """Decode context parallelism: each has its part of the whole cache."""
    found = pool(model, {**FULL, "count": 4})

    assert need(found, 1000, shards=4) == Need(16, 0)


def test_a_page_of_attention_is_as_large_as_a_state(model: Make) -> None:
    """Qwen3.6-35B-A3B with a cache in 8 bits: 2 heads, 256 wide; blocks of 2096 tokens (log)."""
    attention = {**FULL, "count": 10, "num_key_value_heads": 2, "head_dim": 256}
    network = shape(model, attention, {**DELTA, "count": 30})
    layout = Layout(element=1, state=4)
    found = pool_of(network, layout, PAGING)

    assert (found.block_tokens, found.size, found.groups, found.has_states) == (2096, 10, 4, True)
    assert found.page_bytes == 2096 * 1024
    assert need(found, 131_072, state_blocks=2) == Need(63, 6)
    assert need(found, 131_072, state_blocks=1, drafts=3) == Need(63, 12)
    # A kernel that keeps states inside a prompt, in steps of 64 tokens.
    kept = pool_of(network, layout._replace(checkpoint_tokens=64), PAGING)
    assert kept.block_tokens == 2112
    assert need(kept, 131_072, state_blocks=2, checkpoint_blocks=1) == Need(63, 9)


def test_a_state_may_be_kept_for_each_block_of_tokens(model: Make) -> None:
    """As releases did that cached prefixes of state spaces so."""
    groups = ({**FULL, "count": 10}, {**DELTA, "count": 10})
    found = pool(model, *groups, states_by_block=("gated_delta",))
    blocks = -(-100_000 // found.block_tokens)

    assert need(found, 100_000) == Need(blocks, blocks)


def test_layers_that_predict_cache_as_attention_does(model: Make) -> None:
    """Only where something is drafted: of one layer more, and with a column more of each convolution for a token."""
    network = shape(model, {**FULL, "count": 16}, {**DELTA, "count": 48}, mtp_layers=1)
    plain, drafting = (pool_of(network, Layout(element=2, drafts=drafts), PAGING) for drafts in (0, 3))

    (before, caching), (after, more) = (
        sorted(made.kinds, key=lambda kind: kind.token_bytes) for made in (plain, drafting)
    )
    assert (caching.layers, more.layers, before.layers, after.layers) == (16, 17, 48, 48)
    assert after.state_bytes == before.state_bytes + 3 * 2 * 8192


def test_a_network_of_states_has_their_size_as_its_page(model: Make) -> None:
    """Nothing grows with the sequence."""
    found = pool(model, {**DELTA, "count": 8})

    assert (found.size, found.page_bytes) == (8, found.kinds[0].state_bytes)
    assert need(found, 10) == need(found, 10_000) == Need(0, 1)


def test_beside_states_a_latent_cache_has_large_blocks(model: Make) -> None:
    """A multiple of 128 tokens."""
    latent = {"count": 7, "mixer": "latent", "feed_forward": "dense"}
    mla = {"kv_lora_rank": 512, "qk_rope_head_dim": 64}
    found = pool_of(shape(model, latent, {**DELTA, "count": 20}, mla=mla), HALF, PAGING)

    assert found.block_tokens % 128 == 0
    assert 0 <= found.page_bytes - max(kind.state_bytes for kind in found.kinds) < 128 * 576 * 2


@given(listed=GROUPS, tokens=st.integers(1, 10_000), in_flight=st.integers(1, 10_000))
def test_blocks_have_room_for_every_token(listed: list[Group], tokens: int, in_flight: int, model: Make) -> None:
    """A sequence never takes less of the pool than its cache is large."""
    with owls():
        found = shape_of(network(model(), listed))
    made = pool_of(found, HALF, PAGING)

    taken = need(made, tokens, in_flight).blocks * made.block_bytes
    assert taken >= cache_bytes(found, 2, tokens=tokens) * (1 - 1e-9)  # bytes of alike layers are a mean


@given(listed=GROUPS, tokens=st.integers(1, 10_000))
def test_layers_of_one_kind_cost_what_they_cache(listed: list[Group], tokens: int, model: Make) -> None:
    """In whole blocks, and one more for a window."""
    with owls():
        shapes = [shape_of(network(model(), [group])) for group in listed]

    for found in shapes:
        made = pool_of(found, HALF, PAGING)
        blocks = -(-tokens // BLOCK_TOKENS) + 1
        most = found.layers * blocks * BLOCK_TOKENS * found.groups[0].mixer.cached_width * 2
        assert need(made, tokens, 10_000).tokens * made.block_bytes <= most
