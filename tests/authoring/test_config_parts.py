"""The parts of a config.json beside its numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry.authoring.config_parts import (
    has_vision,
    left_out,
    refuse_blind,
    refuse_other_heads,
    text_config,
    tower_of,
)
from model_garden_registry.errors import RegistryReadError
from model_garden_registry.families.family import family_of
from model_garden_registry.families.tables import table

FILE = Path("config.json")

#: Towers of the classes of transformers 5.24.0 on the meta device, in their own configuration and in published ones.
TOWERS: dict[str, Any] = json.loads((Path(__file__).parent / "towers.json").read_bytes())


@pytest.mark.parametrize("name", TOWERS)
def test_a_tower_weighs_what_its_class_does(name: str) -> None:
    """To the last weight, with what leads into the language model."""
    case = TOWERS[name]
    config = {"vision_config": case["vision_config"], **case["outside"]}
    if "audio_config" in case:
        config["audio_config"] = case["audio_config"]

    tower = tower_of(config, family_of(case["model_type"]), case["hidden_size"], FILE)

    assert tower is not None
    assert tower["parameters"] == case["parameters"]


def test_every_family_whose_tower_is_known_has_a_case() -> None:
    """But for those that differ in nothing but sound."""
    known = {name for name, record in table("families")["families"].items() if "vision" in record}

    assert known - {case["model_type"] for case in TOWERS.values()} == set()


def test_what_hears_weighs_too() -> None:
    """Where its class is known."""
    case = TOWERS["gemma4"]
    deaf = {"vision_config": case["vision_config"], "audio_config": None}

    tower = tower_of(deaf, family_of("gemma4"), case["hidden_size"], FILE)

    assert tower is not None
    assert tower["parameters"] < case["parameters"] / 2


def test_an_empty_vision_config_is_that_of_its_class() -> None:
    """As transformers reads it."""
    case = TOWERS["qwen3_vl"]

    tower = tower_of({"vision_config": {}}, family_of("qwen3_vl"), case["hidden_size"], FILE)

    assert tower is not None
    assert tower["parameters"] == case["parameters"]


SIGLIP = {"model_type": "siglip_vision_model", "hidden_size": 1152, "image_size": 896, "patch_size": 14}


@pytest.mark.parametrize(
    ("model_type", "config"),
    [
        pytest.param("gemma3", {"vision_config": {"model_type": "owl_vision", "depth": 3}}, id="an unknown tower"),
        pytest.param("gemma3", {"vision_config": SIGLIP, "audio_config": {"depth": 3}}, id="ears beside it"),
        pytest.param("minicpmv", {"vision_config": SIGLIP}, id="an unknown projector"),
        pytest.param("gemma3", {"vision_config": {**SIGLIP, "patch_size": [14, 16]}}, id="patches of two edges"),
        pytest.param("gemma3", {"vision_config": {**SIGLIP, "num_channels": -(10**9)}}, id="less than nothing"),
        pytest.param("gemma3", {"vision_config": {**SIGLIP, "num_channels": 10**9}}, id="more than there are"),
        pytest.param("gemma3", {"vision_config": SIGLIP, "audio_config": ["x"]}, id="ears of another form"),
    ],
)
def test_what_is_not_known_of_a_tower_is_not_invented(model_type: str, config: dict[str, Any]) -> None:
    """Its numbers are read, its weights are not counted."""
    tower = tower_of(config, family_of(model_type), 2048, FILE)

    assert tower is not None
    assert "parameters" not in tower


@pytest.mark.parametrize(
    ("vision", "words"),
    [
        ({"depth": 0}, "states 0 as vision_config.num_hidden_layers"),
        ({"hidden_size": -5}, "states -5 as vision_config.hidden_size"),
        ({"hidden_size": 10**10}, "states 10000000000 as vision_config.hidden_size"),
    ],
)
def test_a_number_that_is_none_is_refused(vision: dict[str, Any], words: str) -> None:
    """By its key."""
    with pytest.raises(RegistryReadError, match=words):
        tower_of({"vision_config": vision}, family_of("qwen3_vl"), 2048, FILE)


def test_a_share_is_no_number_of_weights() -> None:
    """It is left as it is."""
    tower = tower_of({"vision_config": {"depth": 2, "eps": 1e-6}}, family_of("minicpmv"), 2048, FILE)

    assert tower == {"num_hidden_layers": 2}


def test_no_tower_is_none() -> None:
    """Whatever the family may have."""
    assert tower_of({"vision_config": None}, family_of("gemma3"), 2048, FILE) is None


def test_a_tower_makes_a_model_see() -> None:
    """A group for the vision tower, not an empty key."""
    llama, phi = family_of("llama"), family_of("phi3_v")

    assert [has_vision(config, llama) for config in ({"vision_config": {}}, {"vision_config": None}, {})] == [
        True,
        False,
        False,
    ]
    assert [has_vision({"img_processor": {"name": "x"}}, family) for family in (llama, phi)] == [False, True]
    assert tower_of({"img_processor": {"name": "x"}}, phi, 3072, FILE) == {}


def test_a_language_model_within_another_has_the_numbers_of_its_class() -> None:
    """It is published without them; what it states counts, also null."""
    config = {"text_config": {"model_type": "gemma3_text", "hidden_size": 5376, "sliding_window": None}}

    text = text_config(config)

    assert (text["vocab_size"], text["hidden_size"], text["sliding_window"]) == (262208, 5376, None)
    where, keys = left_out(config) or ("", ())
    assert where.startswith("transformers ")
    assert where.endswith("gemma3_text")
    assert "vocab_size" in keys
    assert not {"hidden_size", "sliding_window"} & {*keys}


@pytest.mark.parametrize(
    "config",
    [
        pytest.param({"hidden_size": 1}, id="alone"),
        pytest.param({"text_config": {"hidden_size": 1}}, id="within another, no type"),
        pytest.param({"text_config": {"hidden_size": 1, "model_type": ["x"]}}, id="within another, an odd type"),
        pytest.param({"text_config": {"hidden_size": 1, "model_type": "owl"}}, id="within another, an unknown type"),
    ],
)
def test_nothing_is_filled_in_otherwise(config: dict[str, Any]) -> None:
    """A file of its own states all."""
    assert {**text_config(config)}.keys() <= {"hidden_size", "model_type"}
    assert left_out(config) is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("LlamaForSequenceClassification", "has a head for classes or rewards"),
        ("InternLM2ForRewardModel", "has a head for classes or rewards"),
        ("BertForMaskedLM", "has a head for classes or rewards"),
        ("Qwen2Model", "has no head"),
        ("CLIPVisionModelWithProjection", "has no head"),
        ("T5Encoder", "has no head"),
    ],
)
def test_a_model_that_writes_no_text_is_refused(name: str, words: str) -> None:
    """Entries are of models that do."""
    with pytest.raises(RegistryReadError, match=f"is of {name}, which {words}"):
        refuse_other_heads({"architectures": [name], "model_type": "qwen2"}, FILE)


@pytest.mark.parametrize(
    "named",
    [
        *(["LlamaForCausalLM"], ["Qwen3VLForConditionalGeneration"], ["QWenLMHeadModel"]),
        *(["InternVLChatModel"], ["MiniCPMV"], [], None, "BertModel", [3]),
    ],
)
def test_others_are_not(named: object) -> None:
    """Nor what says nothing."""
    refuse_other_heads({"architectures": named, "model_type": "llama"}, FILE)


def test_a_network_of_an_unknown_family_is_not_said_to_have_no_head() -> None:
    """Its class may be called so all the same."""
    refuse_other_heads({"architectures": ["LlavaLlamaModel"], "model_type": "llava_llama"}, FILE)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        pytest.param({}, "--as mllama_text_model reads the language model alone", id="no class"),
        pytest.param(
            {"architectures": ["MllamaForConditionalGeneration"]}, "has no vision_config", id="a class that sees"
        ),
    ],
)
def test_a_model_that_sees_must_say_how(config: dict[str, Any], words: str) -> None:
    """With a way to its language model."""
    with pytest.raises(RegistryReadError, match=words):
        refuse_blind(config, family_of("mllama"), FILE)


@pytest.mark.parametrize(
    ("model_type", "config"),
    [
        ("llama", {}),
        ("mllama", {"vision_config": {}}),
        ("phi3_v", {"img_processor": {"name": "clip"}}),
        ("mllama", {"architectures": ["MllamaForCausalLM"]}),
        ("mllama_text_model", {}),
    ],
)
def test_what_says_so_or_writes_only_is_taken(model_type: str, config: dict[str, Any]) -> None:
    """A class that writes is that of the language model alone."""
    refuse_blind(config, family_of(model_type), FILE)


def test_a_family_without_a_language_model_of_its_own_type_names_none() -> None:
    """Any type may be named then."""
    with pytest.raises(RegistryReadError, match="--as TYPE"):
        refuse_blind({}, family_of("llava"), FILE)
