"""Which layers a config.json describes, where they are not alike."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from own_facts import facts_laid_over

from model_garden_registry.authoring.config_json import architecture_of
from model_garden_registry.authoring.config_layers import (
    layer_groups,
    must_be_listed,
    refuse_unread,
    sparse_layers,
    take_heads,
)
from model_garden_registry.errors import RegistryReadError
from model_garden_registry.families.family import Family, family_of

FILE = Path("config.json")

#: A family that says in two ways which of its layers attend to everything.
OWL = Family(
    model_type="owl",
    attention={},
    feed_forward={},
    keys={"num_odd_heads": "counts nothing that matters"},
    layer_kinds=(
        {
            "key": "layer_types",
            "kinds": {
                "full_attention": "full",
                "sliding_attention": "window",
                "linear_attention": "linear",
                "mlp": "none dense",
                "attention_only": "full none",
            },
        },
        {"key": "full_layer_interval", "other": "linear"},
    ),
    group_keys={"linear": {"num_heads": "linear_num_value_heads", "conv_kernel": "linear_conv_kernel_dim"}},
)
FULL, LINEAR, WINDOW = "full_attention", "linear_attention", "sliding_attention"
DENSE = {"mixer": "full", "feed_forward": "dense"}


def groups(text: Mapping[str, Any], family: Family = OWL, **shape: Any) -> list[dict[str, Any]]:
    """Give the groups of a network of four layers, where they must be listed."""
    found = layer_groups(text, {"num_hidden_layers": 4, **shape}, family, FILE)
    return found if must_be_listed(found, shape.get("moe")) else []


#: Blocks as an architecture search leaves them: parts that are not there, widths as shares, heads of each key.
BLOCKS = {
    "hidden_size": 8192,
    "num_attention_heads": 64,
    "block_configs": [
        {"attention": {"n_heads_in_group": 8, "no_op": False}, "ffn": {"ffn_mult": 5.25, "no_op": False}},
        {"attention": {"n_heads_in_group": 8, "no_op": False}, "ffn": {"ffn_mult": None, "no_op": True}},
        {"attention": {"n_heads_in_group": None, "no_op": True}, "ffn": {"ffn_mult": 1.3125, "no_op": False}},
        {"attention": {"n_heads_in_group": None, "no_op": True}, "ffn": {"ffn_mult": 1.0, "no_op": False}},
    ],
}
SEARCHED = replace(
    OWL,
    layer_kinds=(
        {
            "key": "block_configs",
            "kinds": {"attention ffn": "full dense", "attention no_op": "full none", "no_op ffn": "none dense"},
        },
    ),
)


def test_blocks_state_widths_and_heads_as_shares() -> None:
    """
    A width is two thirds of its share of the network's, rounded up to 256; heads share a key by groups of eight.

    Source: widths of nvidia/Llama-3_3-Nemotron-Super-49B-v1, whose weights add up to 49,867,145,216 with them.
    """
    assert groups(BLOCKS, SEARCHED) == [
        {"count": 1, "mixer": "full", "feed_forward": "dense", "num_key_value_heads": 8, "intermediate_size": 28672},
        {"count": 1, "mixer": "full", "feed_forward": "none", "num_key_value_heads": 8},
        {"count": 1, "mixer": "none", "feed_forward": "dense", "intermediate_size": 7168},
        {"count": 1, "mixer": "none", "feed_forward": "dense", "intermediate_size": 5632},
    ]


def test_a_block_with_another_layer_in_the_place_of_attention_is_refused() -> None:
    """Nothing is guessed of a part that is replaced."""
    linear = {"attention": {"no_op": False, "replace_with_linear": True}, "ffn": {"no_op": False}}

    with pytest.raises(RegistryReadError, match=r"'replace_with_linear ffn' in block_configs"):
        groups({**BLOCKS, "block_configs": [linear] * 4}, SEARCHED)


@pytest.mark.parametrize(
    ("text", "taken", "left"),
    [
        pytest.param({}, {"num_key_value_heads": 8}, [{}, {}], id="all as many"),
        pytest.param({"num_key_value_heads": 4}, {}, [{"num_key_value_heads": 8}, {}], id="the network states its own"),
    ],
)
def test_heads_that_all_groups_have_are_the_networks(
    text: dict[str, Any], taken: dict[str, int], left: list[dict[str, int]]
) -> None:
    """Where it states none itself."""
    found: list[dict[str, Any]] = [{"num_key_value_heads": 8}, {}]

    assert take_heads(found, text) == taken
    assert found == left


def test_groups_with_unlike_heads_keep_them() -> None:
    """No number is that of the network."""
    assert take_heads([{"num_key_value_heads": 8}, {"num_key_value_heads": 4}], {}) == {}


@pytest.mark.parametrize(
    ("chunk", "expected"),
    [
        pytest.param(
            8192,
            [{"count": 3, "mixer": "chunked", "feed_forward": "dense", "window": 8192}, {"count": 1, **DENSE}],
            id="chunks",
        ),
        pytest.param(None, [], id="no length of a chunk: all attend fully"),
    ],
)
def test_chunks_are_no_windows(chunk: int | None, expected: list[dict[str, Any]]) -> None:
    """Their length has a key of its own."""
    chunked = replace(
        OWL, layer_kinds=({"every": 4, "other": "chunked"},), group_keys={"chunked": {"window": "chunk_size"}}
    )

    assert groups({"chunk_size": chunk, "sliding_window": 512}, chunked) == expected


@pytest.mark.parametrize(
    ("text", "shape", "expected"),
    [
        pytest.param({}, {}, [], id="nothing says so"),
        pytest.param({"layer_types": [FULL] * 4}, {}, [], id="all alike"),
        pytest.param(
            {"layer_types": [WINDOW, WINDOW, FULL, WINDOW], "sliding_window": 512}, {}, [], id="a window tells it all"
        ),
        pytest.param({"layer_types": None, "full_layer_interval": 1}, {}, [], id="every layer"),
        pytest.param(
            {"layer_types": [LINEAR, LINEAR, LINEAR, FULL], "linear_num_value_heads": 32, "linear_conv_kernel_dim": 4},
            {},
            [
                {"count": 3, "mixer": "linear", "feed_forward": "dense", "num_heads": 32, "conv_kernel": 4},
                {"count": 1, **DENSE},
            ],
            id="a list of kinds",
        ),
        pytest.param(
            {"full_layer_interval": 2, "linear_num_value_heads": 32},
            {},
            [{"count": 2, "mixer": "linear", "feed_forward": "dense", "num_heads": 32}, {"count": 2, **DENSE}],
            id="every second layer",
        ),
        pytest.param(
            {"layer_types": [FULL] * 4, "full_layer_interval": 2}, {}, [], id="the first way that is there counts"
        ),
        pytest.param(
            {"layer_types": ["mlp", FULL, "attention_only", "mlp"]},
            {},
            [
                {"count": 2, "mixer": "none", "feed_forward": "dense"},
                {"count": 1, **DENSE},
                {"count": 1, "mixer": "full", "feed_forward": "none"},
            ],
            id="layers that are one half only",
        ),
        pytest.param(
            {"layer_types": [FULL, WINDOW, WINDOW, FULL], "num_kv_shared_layers": 2, "sliding_window": 512},
            {},
            [
                {"count": 1, **DENSE},
                {"count": 1, "mixer": "window", "feed_forward": "dense", "window": 512},
                {"count": 1, "mixer": "window", "feed_forward": "dense", "window": 512, "shares_cache": True},
                {"count": 1, **DENSE, "shares_cache": True},
            ],
            id="the last layers read the caches of others",
        ),
        pytest.param(
            {"first_k_dense_replace": 1}, {"moe": {"first_k_dense_replace": 1}}, [], id="experts behind dense layers"
        ),
        pytest.param(
            {"decoder_sparse_step": 2},
            {"moe": {}},
            [{"count": 2, **DENSE}, {"count": 2, "mixer": "full", "feed_forward": "moe"}],
            id="experts in every second layer",
        ),
        pytest.param(
            {"first_k_dense_replace": 1},
            {"moe": {"first_k_dense_replace": 1}, "mla": {}},
            [],
            id="latent attention",
        ),
        pytest.param(
            {"layer_types": [LINEAR, FULL, LINEAR, FULL]},
            {"moe": {}, "mla": {}},
            [
                {"count": 2, "mixer": "linear", "feed_forward": "moe"},
                {"count": 2, "mixer": "latent", "feed_forward": "moe"},
            ],
            id="full attention of a latent network is latent",
        ),
    ],
)
def test_layers_that_are_not_alike_are_groups(
    text: dict[str, Any], shape: dict[str, Any], expected: list[dict[str, Any]]
) -> None:
    """In the order in which they come first; what window, experts and latent attention tell needs none."""
    assert groups(text, **shape) == expected


@pytest.mark.parametrize(
    ("spelled", "text", "mixers"),
    [
        pytest.param({"key": "turn", "first": "full", "other": "linear"}, {"turn": 3}, "fffl", id="the first ones"),
        pytest.param({"key": "seats", "listed": "full", "other": "linear"}, {"seats": [0, 2]}, "flfl", id="by index"),
        pytest.param({"all": "linear"}, {}, "llll", id="all"),
        pytest.param({"key": "row", "letters": {"F": "full", "L": "linear"}}, {"row": "LFFL"}, "lffl", id="letters"),
        pytest.param({"key": "turn", "first": "full", "other": "linear", "when": "on"}, {"turn": 3}, "ffff", id="off"),
    ],
)
def test_every_spelling_of_the_kinds_is_read(spelled: dict[str, Any], text: dict[str, Any], mixers: str) -> None:
    """As the families' records spell them."""
    found = layer_groups(text, {"num_hidden_layers": 4}, replace(OWL, layer_kinds=(spelled,)), FILE)

    counts = {group["mixer"][0]: group["count"] for group in found}
    assert counts == {letter: mixers.count(letter) for letter in mixers}


@pytest.mark.parametrize(
    ("spelled", "value"),
    [
        pytest.param({"key": "turn", "first": "full", "other": "linear"}, [1], id="a list for the first ones"),
        pytest.param({"key": "turn", "listed": "full", "other": "linear"}, 3, id="a number for a list"),
        pytest.param({"key": "turn", "other": "linear"}, "FL", id="letters for a number"),
        pytest.param({"key": "turn", "letters": {"F": "full"}}, 3, id="a number for letters"),
    ],
)
def test_a_spelling_of_another_form_is_refused(spelled: dict[str, Any], value: object) -> None:
    """By its key."""
    with pytest.raises(RegistryReadError, match="as turn, which is not a known form"):
        layer_groups({"turn": value}, {"num_hidden_layers": 4}, replace(OWL, layer_kinds=(spelled,)), FILE)


def test_an_empty_list_says_nothing() -> None:
    """The next way counts, as in the class."""
    ways = ({"key": "turn", "kinds": {"1": "full"}}, {"all": "linear"})

    found = layer_groups({"turn": []}, {"num_hidden_layers": 4}, replace(OWL, layer_kinds=ways), FILE)

    assert [group["mixer"] for group in found] == ["linear"]


def test_a_cache_has_a_layer_that_fills_it() -> None:
    """All layers cannot read that of earlier ones."""
    with pytest.raises(RegistryReadError, match=r"has only layers \(4\) that read the cache of earlier ones"):
        groups({"num_kv_shared_layers": 4})


@pytest.mark.parametrize("key", ["mlp_layer_types", "moe_layer_freq"])
def test_a_list_of_experts_has_an_item_for_each_layer(key: str) -> None:
    """Else it is that of another network."""
    with pytest.raises(RegistryReadError, match=f"states {key} for 2 layers, but has 6"):
        sparse_layers({key: [1, 1]}, 6, FILE)


def test_widths_are_those_of_all_layers() -> None:
    """A list that ends before they do is refused."""
    with pytest.raises(RegistryReadError, match="states 2 numbers as intermediate_size, but has more layers"):
        groups({"intermediate_size": [100, 200]})


def test_layers_may_differ_in_width() -> None:
    """A list has one number for each of them."""
    found = groups({"intermediate_size": [100, 100, 100, 200]}, intermediate_size=100)

    assert [(group["count"], group["intermediate_size"]) for group in found] == [(3, 100), (1, 200)]


def test_layers_may_differ_in_query_heads() -> None:
    """Those of a layer are named where they are not the network's; the list has a number for each layer."""
    found = groups({"num_attention_heads": 8, "num_attention_heads_per_layer": [8, 16, 16, 8]})

    assert [(group["count"], group.get("num_attention_heads")) for group in found] == [(2, None), (2, 16)]
    with pytest.raises(RegistryReadError, match="states 1 numbers as num_attention_heads_per_layer, but has more"):
        groups({"num_attention_heads": 8, "num_attention_heads_per_layer": [8]})


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param({"layer_types": [FULL] * 3}, "states layer_types for 3 layers, but has 4", id="too few"),
        pytest.param(
            {"layer_types": [FULL, "ring", FULL, FULL]},
            "states 'ring' in layer_types, which is not a known kind of layer",
            id="a new kind",
        ),
    ],
)
def test_a_list_that_does_not_fit_is_refused(text: dict[str, Any], problem: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(RegistryReadError, match=re.escape(problem)):
        groups(text)


@pytest.mark.parametrize(
    ("text", "layers"),
    [
        pytest.param({}, {0, 1, 2, 3, 4, 5}, id="all"),
        pytest.param({"mlp_layer_types": ["dense", *["sparse"] * 5]}, {1, 2, 3, 4, 5}, id="by kind"),
        pytest.param({"moe_layers": [1, 3, 5]}, {1, 3, 5}, id="by index"),
        pytest.param({"moe_layer_freq": [0, 1, 1, 0, 1, 1]}, {1, 2, 4, 5}, id="one by one"),
        pytest.param({"moe_layer_freq": 1}, {0, 1, 2, 3, 4, 5}, id="each"),
        pytest.param({"moe_layer_freq": 2, "first_k_dense_replace": 1}, {2, 4}, id="every second from the first"),
        pytest.param({"first_k_dense_replace": 2}, {2, 3, 4, 5}, id="dense ones first"),
        pytest.param({"num_dense_layers": 2}, {2, 3, 4, 5}, id="by another name"),
        pytest.param({"moe_layer_start_index": 1, "moe_layer_end_index": 3}, {1, 2, 3}, id="from one to another"),
        pytest.param({"moe_layer_start_index": 1, "moe_layer_end_index": -1}, {1, 2, 3, 4, 5}, id="to the last"),
        pytest.param({"moe_layer_end_index": 99}, {0, 1, 2, 3, 4, 5}, id="no further than there are"),
        pytest.param({"decoder_sparse_step": 2}, {1, 3, 5}, id="every second"),
        pytest.param({"interleave_moe_layer_step": 3}, {2, 5}, id="every third"),
        pytest.param({"moe_layer_interval": 2}, {1, 3, 5}, id="every second, by another name"),
        pytest.param({"mlp_only_layers": [0, 4]}, {1, 2, 3, 5}, id="all but these"),
    ],
)
def test_layers_with_experts(text: dict[str, Any], layers: set[int]) -> None:
    """Of six, in all the ways in which config.json files say so."""
    assert sparse_layers(text, 6, FILE) == layers


@pytest.mark.parametrize(
    ("text", "key"),
    [
        pytest.param({"num_global_heads": 4}, "num_global_heads", id="heads"),
        pytest.param({"n_layers_shared": 2}, "n_layers_shared", id="layers"),
        pytest.param({"block_pattern": "MMMA"}, "block_pattern", id="a pattern of blocks"),
        pytest.param({"experts": {"first": 1}}, "experts", id="experts"),
        pytest.param({"skipped_layers": [1]}, "skipped_layers", id="a list of layers"),
    ],
)
def test_a_key_that_counts_what_nobody_reads_is_refused(text: dict[str, Any], key: str) -> None:
    """The error names it: what layers there are is not guessed."""
    with pytest.raises(RegistryReadError, match=f"under {key}, which is not a known key of owl"):
        refuse_unread(text, OWL, FILE)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param({"layer_norm_eps": 1, "router_expert_loss": 1, "head_bias": 3}, id="about something else"),
        pytest.param({"share_layers": True, "use_experts": False}, id="yes or no"),
        pytest.param({"num_odd_layers": 0, "odd_layers": [], "odd_heads": None}, id="none"),
        pytest.param({"layer_scale": 0.5, "heads_share": 0.5}, id="no whole number"),
        pytest.param({"num_odd_heads": 4}, id="known to the family"),
        pytest.param({"layer_types": [FULL], "full_layer_interval": 4}, id="how the family says which layer is what"),
        pytest.param({"linear_num_value_heads": 32}, id="numbers of its groups"),
        pytest.param({"headline": 1, "players": 3, "hidden_size": 8}, id="words that only look like it"),
    ],
)
def test_all_other_keys_are_harmless(text: dict[str, Any]) -> None:
    """Nothing is said."""
    refuse_unread(text, OWL, FILE)


def test_keys_that_many_families_have_are_known() -> None:
    """Whatever the family."""
    with facts_laid_over(families={"usual_keys": ["num_hidden_layers", "num_global_heads"]}):
        refuse_unread({"num_hidden_layers": 4, "num_global_heads": 4}, OWL, FILE)


def test_a_configuration_with_groups_becomes_an_architecture() -> None:
    """From a list of kinds to layers."""
    record = {
        "layer_kinds": [{"key": "layer_types", "kinds": {FULL: "full", LINEAR: "linear"}}],
        "group_keys": {"linear": {"num_heads": "linear_num_value_heads"}},
    }
    config = {
        "model_type": "owl",
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_attention_heads": 4,
        "num_hidden_layers": 3,
        "vocab_size": 100,
        "layer_types": [LINEAR, FULL, LINEAR],
        "linear_num_value_heads": 8,
    }
    with facts_laid_over(families={"families": {"owl": record}}):
        architecture = architecture_of(config, FILE)

    assert architecture.layers
    assert [(group.count, group.mixer, group.num_heads) for group in architecture.layers] == [
        (2, "linear", 8),
        (1, "full", None),
    ]


@given(kinds=st.lists(st.sampled_from([FULL, LINEAR, WINDOW, "mlp"]), min_size=1, max_size=30))
def test_every_layer_is_in_one_group(kinds: list[str]) -> None:
    """They need no list where all are alike but for a window."""
    found = layer_groups({"layer_types": kinds, "sliding_window": 8}, {"num_hidden_layers": len(kinds)}, OWL, FILE)

    assert sum(group["count"] for group in found) == len(kinds)
    assert must_be_listed(found) == bool({LINEAR, "mlp"} & {*kinds})


def test_llama_says_nothing_of_its_layers() -> None:
    """They are all alike."""
    assert groups({}, family_of("llama")) == []
