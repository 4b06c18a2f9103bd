"""Numbers and lists of a config.json, each of the form that its readers take it for."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry.authoring.config_values import numbers_of, stated_flag, usable, whole
from model_garden_registry.errors import RegistryReadError
from model_garden_registry.families.family import Family

FILE = Path("config.json")

#: A family whose layers are told by a list, by a number, and by blocks.
OWL = Family(
    model_type="owl",
    attention={},
    feed_forward={},
    layer_kinds=({"key": "pattern", "letters": {"A": "full"}}, {"key": "block_configs", "kinds": {}}, {"every": 2}),
    shape={"hidden_size": "wings*feathers", "head_dim": ["flag ? claw", "beak"]},
    group_keys={"full": {"head_dim": "talon"}},
    further="tail*feathers",
)


@pytest.mark.parametrize(
    ("key", "value", "read"),
    [
        pytest.param("hidden_size", 64, 64, id="a number"),
        pytest.param("hidden_size", 64.0, 64, id="a whole number as a float"),
        pytest.param("hidden_size", None, None, id="null"),
        pytest.param("head_dim", [64, 64], 64, id="one for each layer, all alike"),
        pytest.param("intermediate_size", [64, 32], [64, 32], id="widths of each layer"),
        pytest.param("wings", 2.0, 2, id="in an expression"),
        pytest.param("claw", 3.0, 3, id="in one with a condition"),
        pytest.param("talon", [4], 4, id="of a group"),
        pytest.param("tail", 5.0, 5, id="in what is further"),
        pytest.param("flag", "whatever", "whatever", id="a condition"),
        pytest.param("other", {"a": math.inf}, {"a": math.inf}, id="what is not read"),
        pytest.param("pattern", "AAB", "AAB", id="letters"),
        pytest.param("pattern", ["a", "b"], ["a", "b"], id="names"),
        pytest.param("pattern", [1.0, 2], [1, 2], id="numbers of layers"),
        pytest.param("pattern", 4, 4, id="every fourth"),
        pytest.param("moe_layer_freq", [0, 1], [0, 1], id="each layer"),
        pytest.param("moe_layer_freq", 1.0, 1, id="every layer"),
        pytest.param("moe_layer_end_index", -1, -1, id="to the last"),
        pytest.param("moe_layer_end_index", 7, 7, id="to the seventh"),
        pytest.param("mlp_layer_types", ["dense"], ["dense"], id="kinds"),
        pytest.param("mlp_only_layers", [], [], id="no layers"),
        pytest.param("use_sliding_window", False, False, id="a switch"),
        pytest.param("per_layer_config", {"01": {"head_dim": 8, "x": "y"}, "02": None}, ..., id="by number"),
        pytest.param(
            "block_configs",
            [
                {"attention": {"no_op": True}, "ffn": {"replace_with_linear": True}},
                {"attention": {"n_heads_in_group": 8}, "ffn": {"ffn_mult": 1.3}},
            ],
            ...,
            id="blocks",
        ),
    ],
)
def test_what_is_read_has_the_form_that_it_is_read_in(key: str, value: Any, read: Any) -> None:
    """Whole numbers as whole numbers; what is not read stays what it is."""
    assert usable({key: value}, OWL, FILE) == {key: value if read is ... else read}


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        *(
            pytest.param("hidden_size", value, "as hidden_size, which is a whole number from 0 to 1000000000", id=name)
            for name, value in {
                "text": "64",
                "a switch": True,
                "a fraction": 6.4,
                "infinity": math.inf,
                "no number": math.nan,
                "below nothing": -1,
                "beyond": 10**10,
                "very long": 10**5000,
                "an object": {},
            }.items()
        ),
        pytest.param("head_dim", [], "states \\[\\] as head_dim", id="an empty list"),
        pytest.param("head_dim", [8, None], "states None as head_dim", id="a list with a hole"),
        pytest.param("head_dim", [8, 9, 8], "states 2 different numbers as head_dim", id="unlike numbers"),
        pytest.param("wings", "2", "as wings", id="a text in an expression"),
        pytest.param("pattern", ["a", 1], "states 'a' as pattern", id="names and numbers"),
        pytest.param("pattern", {}, "as pattern", id="an object for a list"),
        pytest.param("moe_layer_freq", "x", "as moe_layer_freq", id="a word for a number"),
        pytest.param("moe_layer_freq", ["x"], "as moe_layer_freq", id="words for numbers"),
        pytest.param("moe_layer_end_index", -2, "as moe_layer_end_index", id="before the first"),
        pytest.param("mlp_layer_types", [1], "is a list of names", id="numbers for names"),
        pytest.param("mlp_only_layers", ["1"], "is a list of numbers", id="names for numbers"),
        pytest.param("moe_layers", 3, "is a list of numbers", id="a number for a list"),
        pytest.param("use_sliding_window", 1, "is true or false", id="a number for a switch"),
        pytest.param("per_layer_config", [], "as per_layer_config, which is an object", id="a list for an object"),
        pytest.param("per_layer_config", {"01": 3}, "as per_layer_config.01", id="a number for a layer"),
        pytest.param(
            "per_layer_config", {"01": {"head_dim": 0}}, "as per_layer_config.01.head_dim", id="a head without width"
        ),
        pytest.param("block_configs", {}, "as block_configs", id="an object for blocks"),
        pytest.param("block_configs", ["x"], "as block_configs\\[0\\]", id="a text for a block"),
        pytest.param("block_configs", [{"attention": []}], "n_heads_in_group", id="no heads"),
        pytest.param("block_configs", [{"attention": 3}], "block_configs\\[0\\].attention", id="a number for heads"),
        *(
            pytest.param(
                "block_configs",
                [{"attention": {"no_op": True}, "ffn": {"ffn_mult": share}}],
                "ffn_mult, which is a share",
                id=f"a share of {share}",
            )
            for share in (None, 0, -1, "1", True, math.inf)
        ),
    ],
)
def test_another_form_is_refused_by_key(key: str, value: Any, words: str) -> None:
    """In words of ours, with the value."""
    with pytest.raises(RegistryReadError, match=words):
        usable({key: value}, OWL, FILE)


def test_a_number_may_have_to_be_there() -> None:
    """A network has at least one of most things."""
    assert whole("x", 1, FILE, least=1) == 1
    with pytest.raises(RegistryReadError, match="from 1 to"):
        whole("x", 0, FILE, least=1)


def test_the_first_name_of_a_number_counts() -> None:
    """Where it states one; a list is none."""
    keys = {"a": ("x", "y"), "b": ("z",), "c": ("l",)}

    assert numbers_of({"x": None, "y": 1, "l": [1, 2]}, keys) == {"a": 1}


def test_a_switch_is_that_of_the_first_part_that_has_it() -> None:
    """Also where it is null there."""
    assert stated_flag(({}, {"a": True}), "a", FILE) is True
    assert stated_flag(({"a": None}, {"a": True}), "a", FILE) is None
    assert stated_flag(({},), "a", FILE) is None
    with pytest.raises(RegistryReadError, match="states 'x' as a"):
        stated_flag(({"a": "x"},), "a", FILE)


def test_blocks_that_are_no_list_are_named() -> None:
    """With what they should be."""
    with pytest.raises(RegistryReadError, match="block_configs"):
        usable({"block_configs": "all"}, OWL, FILE)
