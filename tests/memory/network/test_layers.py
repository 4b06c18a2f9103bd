"""Attention and feed-forward layers, from what an entry states."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.errors import MissingShapeError
from model_garden_registry.memory.network.layers import (
    FeedForward,
    Linear,
    Stated,
    attention_of,
    feed_forward_of,
    read_stated,
)

Make = Callable[..., Any]


def stated(entry: ModelInfo) -> Stated:
    """Read the numbers of an entry that has some."""
    assert entry.architecture
    return read_stated(entry.id, entry.architecture)


def test_a_kind_of_matrix_has_the_weights_of_all_layers() -> None:
    """32 layers with 4096 x 1024."""
    assert Linear("attention", "k", 4096, 1024, 32).parameters == 32 * 4096 * 1024


def test_every_network_states_layers_widths_and_heads(model: Make) -> None:
    """Llama-3.1-8B."""
    assert stated(model())[2:] == (32, 4096, 128256, 32)


@pytest.mark.parametrize(
    ("taken", "named"),
    [
        (("num_hidden_layers", "hidden_size"), "num_hidden_layers"),
        (("hidden_size", "vocab_size"), "hidden_size"),
        (("vocab_size", "num_attention_heads"), "vocab_size"),
        (("num_attention_heads",), "num_attention_heads"),
    ],
)
def test_the_first_number_that_is_missing_is_named(taken: tuple[str, ...], named: str, model: Make) -> None:
    """One at a time, in the order of the file."""
    with pytest.raises(MissingShapeError) as caught:
        stated(model(**dict.fromkeys(taken)))

    assert caught.value.field == named


def test_heads_share_keys_in_groups(model: Make) -> None:
    """Llama-3.1-8B: 32 heads, 8 of keys and values, 128 wide."""
    attention = attention_of(stated(model()))

    assert attention[:-1] == (8, 4096, 1024, 1024, 4096, 2048)
    assert [(linear.name, linear.d_in, linear.d_out, linear.instances) for linear in attention.linears] == [
        ("q", 4096, 4096, 32),
        ("k", 4096, 1024, 32),
        ("v", 4096, 1024, 32),
        ("o", 4096, 4096, 32),
    ]


def test_latent_attention_caches_one_vector_for_all_heads(model: Make) -> None:
    """DeepSeek-V3: 512 and 64 elements, whatever its 128 heads are."""
    attention = attention_of(stated(model("deepseek-v3")))

    assert attention[:-1] == (128, 128 * 192, 128 * 192, 128 * 128, 128 * 128, 576)
    assert [(linear.name, linear.d_in, linear.d_out) for linear in attention.linears] == [
        ("q_a", 7168, 1536),
        ("q_b", 1536, 128 * 192),
        ("kv_a", 7168, 576),
        ("kv_b", 512, 128 * 256),
        ("o", 128 * 128, 7168),
    ]


@pytest.mark.parametrize(
    ("name", "changes", "layers"),
    [
        pytest.param("llama-3.1-8b", {}, FeedForward(dense_layers=32, dense_intermediate=14336), id="dense"),
        pytest.param("mixtral-8x7b", {}, FeedForward(32, 8, 2, 14336), id="experts as wide as the network states"),
        pytest.param("qwen3-30b-a3b", {}, FeedForward(48, 128, 8, 768), id="experts with a width of their own"),
        pytest.param("deepseek-v3", {}, FeedForward(58, 256, 8, 2048, 2048, 3, 18432), id="dense layers first"),
        pytest.param(
            "deepseek-v3",
            {"num_hidden_layers": 2},
            FeedForward(0, 256, 8, 2048, 2048, 2, 18432),
            id="no more of them than there are layers",
        ),
    ],
)
def test_the_feed_forward_layers(name: str, changes: dict[str, Any], layers: FeedForward, model: Make) -> None:
    """Dense ones, those with experts, and the experts that each token passes."""
    assert feed_forward_of(stated(model(name, **changes))) == layers


@pytest.mark.parametrize(
    ("is_gated", "names"),
    [
        pytest.param(True, ["gate", "up", "down"] * 3, id="gated"),
        pytest.param(False, ["up", "down"] * 3, id="not gated"),
    ],
)
def test_each_kind_of_feed_forward_layer_has_its_matrices(is_gated: bool, names: list[str]) -> None:
    """Dense, routed and shared ones; every routed expert counts."""
    linears = FeedForward(58, 256, 8, 2048, 4096, 3, 18432).linears(7168, is_gated=is_gated)

    assert [linear.name for linear in linears] == names
    assert [(linear.place, linear.d_in, linear.instances) for linear in linears if linear.name == "down"] == [
        ("dense", 18432, 3),
        ("expert", 2048, 58 * 256),
        ("shared", 4096, 58),
    ]


def test_a_kind_that_is_not_there_has_no_matrices() -> None:
    """A dense network has no experts."""
    assert {linear.place for linear in FeedForward(dense_layers=2, dense_intermediate=8).linears(4, is_gated=True)} == {
        "dense"
    }
