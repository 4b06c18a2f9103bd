"""What the networks of a family are made of."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from own_facts import facts_laid_over

import model_garden_registry
from model_garden_registry.dialects.serving.sglang_parsers import REASONING_PARSERS, TOOL_PARSERS
from model_garden_registry.families.family import (
    EXAMPLE,
    Family,
    base_architecture,
    class_defaults,
    ends,
    families_of_word,
    family_of,
    known_model_types,
    other_model_types,
    readable_model_types,
    tower_of_type,
    usual_keys,
)
from model_garden_registry.families.tables import table

OWL: dict[str, Any] = {
    "checked": "5.24",
    "attention": {"qkv_proj": "q k v", "o_proj": "o"},
    "feed_forward": {"fc1": "up", "fc2": "down"},
    "expert_modules": {"w2": "down"},
    "fused_experts": {"experts.gate_up_proj": "gate up"},
    "mixers": {"linear": {"in_proj": "hidden > 2*num_heads*head_dim"}},
    "mixer_weights": {"linear": "num_heads"},
    "other": ["router"],
    "tower": ["patch_embed"],
    "targets": ["qkv_proj", "o_proj"],
    "target_parameters": ["experts.gate_up_proj"],
    "gated": False,
    "norm": "layer",
    "norms": 1,
    "tied": True,
    "word": "bird",
    "also_words": ["owlet"],
    "layer_kinds": [{"key": "layer_types", "kinds": {"full_attention": "full"}}],
}
USUAL = {
    "usual": {"attention": {"q_proj": "q"}, "feed_forward": {"up_proj": "up"}},
    "ends": {"embeddings": ["wte"], "heads": ["lm_head"]},
    "usual_keys": ["n_heads"],
    "families": {"owl_x": OWL, "owl_plain": {}},
}


@pytest.fixture
def own() -> Iterator[None]:
    """Lay two families over those that are shipped."""
    with facts_laid_over(families=USUAL):
        yield


@pytest.mark.usefixtures("own")
def test_a_record_is_read_as_it_stands() -> None:
    """Texts of several matrices are taken apart, lists cannot be changed."""
    assert family_of("owl_x") == Family(
        model_type="owl_x",
        checked="5.24",
        attention={"qkv_proj": ("q", "k", "v"), "o_proj": ("o",)},
        feed_forward={"fc1": ("up",), "fc2": ("down",)},
        expert_modules={"w2": ("down",)},
        fused_experts={"experts.gate_up_proj": ("gate", "up")},
        mixers={"linear": {"in_proj": "hidden > 2*num_heads*head_dim"}},
        mixer_weights={"linear": "num_heads"},
        other=("router",),
        tower=("patch_embed",),
        targets=("qkv_proj", "o_proj"),
        target_parameters=("experts.gate_up_proj",),
        gated=False,
        norm="layer",
        norms=1,
        tied=True,
        word="bird",
        also_words=("owlet",),
        layer_kinds=({"key": "layer_types", "kinds": {"full_attention": "full"}},),
    )


@pytest.mark.usefixtures("own")
def test_what_a_record_leaves_out_is_usual() -> None:
    """Names of layers as in most checkpoints, everything else as in Llama; its word is its own."""
    family = family_of("owl_plain")

    assert family.attention["q_proj"] == ("q",)
    assert family.feed_forward["up_proj"] == ("up",)
    assert (family.model_type, family.word, family.targets) == ("owl_plain", "owl-plain", ())
    assert (family.gated, family.norm, family.norms, family.tied) == (True, "rms", 2, False)


@pytest.mark.parametrize("model_type", ["newest", None])
def test_a_family_that_is_not_known_is_taken_for_llama(model_type: str | None) -> None:
    """Under all the usual names; it says that it is not known."""
    family = family_of(model_type)

    assert family.model_type is None
    assert family.attention["q_proj"] == ("q",)
    assert (family.matrices, family.norms, family.word, family.checked) == (3, 2, "", "")


def test_every_shipped_record_can_be_read() -> None:
    """Under the `model_type` that it is for."""
    assert known_model_types() == set(table("families")["families"])
    assert {family_of(name).model_type for name in known_model_types()} == known_model_types()


def test_what_a_family_is_made_of_stands_in_its_record_only() -> None:
    """No code names a `model_type`, but for examples, names of makers (`glm` is GLM) and of engines' parsers."""
    package = Path(model_garden_registry.__file__).parent
    texts = {
        (path.relative_to(package).as_posix(), node.value)
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }

    named = {(file, text) for file, text in texts if text in known_model_types()}
    spellings = {(file, text) for file, text in named if file == "authoring/wording/naming.py"}
    parsers = {
        ("dialects/serving/sglang_parsers.py", name)
        for name in (*TOOL_PARSERS, *TOOL_PARSERS.values(), *REASONING_PARSERS)
    }
    parsers.add(("entries/defaults.py", "qwen3"))
    paths = {("dialects/training/axolotl/splits.py", word) for word in ("mpt", "falcon")}  # axolotl refuses by a path

    assert named - spellings - parsers - paths == {("families/family.py", EXAMPLE)}


def test_llama_is_known() -> None:
    """What everything else is compared with."""
    family = family_of("llama")

    assert {*family.attention} == {"q_proj", "k_proj", "v_proj", "o_proj"}
    assert {*family.feed_forward} == {"gate_proj", "up_proj", "down_proj"}


@pytest.mark.parametrize(("gated", "matrices"), [(True, 3), (False, 2)])
def test_a_gate_is_a_third_matrix(gated: bool, matrices: int) -> None:
    """Of a feed-forward layer."""
    assert Family(model_type="owl", attention={}, feed_forward={}, gated=gated).matrices == matrices


@pytest.mark.usefixtures("own")
def test_the_layers_that_can_get_an_adapter() -> None:
    """Those of attention, feed-forward layers, mixers, tower, and both ends; no tensor of all experts."""
    assert family_of("owl_x").modules == {
        *("qkv_proj", "o_proj", "fc1", "fc2", "w2", "in_proj", "router", "patch_embed", "wte", "lm_head")
    }


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize(
    ("word", "names"),
    [
        pytest.param("bird", ["owl_x"], id="its word"),
        pytest.param("owlet", ["owl_x"], id="another one"),
        pytest.param("owl-plain", ["owl_plain"], id="where none is stated"),
        pytest.param("no-such-word", [], id="none"),
    ],
)
def test_a_word_stands_for_families(word: str, names: list[str]) -> None:
    """As entries without a `model_type` use it."""
    assert [family.model_type for family in families_of_word(word)] == names


@pytest.mark.usefixtures("own")
def test_a_family_has_a_word() -> None:
    """Its own, or its `model_type` with hyphens."""
    words = [base_architecture(name) for name in ("owl_x", "owl_plain", "some_new_type")]

    assert words == ["bird", "owl-plain", "some-new-type"]


@pytest.mark.usefixtures("own")
def test_what_many_families_share_stands_once() -> None:
    """Names of the ends, and keys of config.json."""
    assert (ends("embeddings"), ends("heads"), usual_keys()) == (("wte",), ("lm_head",), ("n_heads",))


def test_a_language_model_alone_has_the_record_of_the_one_that_sees() -> None:
    """But for its tower."""
    half, whole = family_of("qwen3_vl_text"), family_of("qwen3_vl")

    assert (half.model_type, half.attention, half.counted) == ("qwen3_vl_text", whole.attention, whole.counted)
    assert (half.tower, half.vision, half.hooked_tower, half.refused_targets) == ((), {}, False, ())
    assert readable_model_types() - known_model_types() == {*table("families")["text_halves"]}


@pytest.mark.parametrize("model_type", ["owl", None, ["llama"]])
def test_what_is_not_known_has_no_numbers_by_itself(model_type: object) -> None:
    """Nothing is filled in."""
    assert (class_defaults(model_type).numbers, class_defaults(model_type).checked) == ({}, "")


def test_what_classes_have_by_themselves_carries_a_release() -> None:
    """Of language models within others, and of towers; a tower may be as another."""
    text, tower = class_defaults("gemma3_text"), tower_of_type("siglip_vision_model")

    assert (text.checked.split()[0], text.numbers["vocab_size"]) == ("transformers", 262208)
    assert (tower.checked.split()[0], tower.numbers["patch_size"]) == ("transformers", 16)
    assert tower_of_type("qwen3_vl_moe_vision") == tower_of_type("qwen3_vl")
    assert tower_of_type("owl_vision").weights == ""


def test_every_tower_that_a_record_names_is_known() -> None:
    """As is every family that a language model alone shares a record with."""
    content = table("families")
    named = {record["vision"]["tower"] for record in content["families"].values() if "vision" in record}
    alike = {record for record in content["towers"].values() if isinstance(record, str)}

    assert (named | alike) - content["towers"].keys() == set()
    assert set(content["text_halves"].values()) - content["families"].keys() == set()


def test_what_no_entry_is_made_of_has_no_record() -> None:
    """A model is one or the other."""
    assert readable_model_types() & other_model_types().keys() == set()
    assert other_model_types()["bert"] == "an encoder that makes vectors of texts"
