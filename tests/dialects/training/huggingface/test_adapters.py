"""Adapters in PEFT's words, and what PEFT makes of names of modules."""

from __future__ import annotations

from typing import Any

import pytest
from training_exports import asked, entry_of, mixture_entry, said, vision_entry

from model_garden_registry.dialects.items import Item, UnknownValue
from model_garden_registry.dialects.rules import UnsayableError, Words
from model_garden_registry.dialects.training.huggingface.adapters import (
    left_experts,
    read_ends,
    read_parameters,
    read_targets,
    target_modules,
)
from model_garden_registry.dialects.training.huggingface.peft import PEFT
from model_garden_registry.dialects.training.huggingface.trl import TRL

ALL = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def gemma4(**parts: Any) -> Any:
    """Return a model whose tower has modules of the same names as its language model."""
    architecture = {"model_type": "gemma4", "parameters": 8_000_000_000, "max_position_embeddings": 8192}
    return vision_entry(architecture=architecture, **parts)


def test_names_and_the_word_for_all_layers_are_written_as_they_are() -> None:
    """A plain model needs nothing else."""
    assert target_modules(asked(PEFT)) == ["q_proj", "v_proj"]
    assert target_modules(asked(PEFT, lora_config__target_modules="all-linear")) == "all-linear"


def test_names_that_a_tower_has_too_become_a_pattern_of_the_language_model() -> None:
    """PEFT refuses such names by themselves; the pattern is read back as the names."""
    request = asked(PEFT, gemma4(), lora_config__target_modules=["q_proj", "mlp.up_proj"])

    pattern = target_modules(request)

    assert pattern == r".*language_model.*\.(q_proj|mlp\.up_proj)"
    assert read_targets(said(PEFT, target_modules=pattern), "target_modules") == {
        "lora_config.target_modules": ["q_proj", "mlp.up_proj"]
    }


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        pytest.param(mixture_entry("qwen3_moe", ALL, dropout=0.1), "take no lora_dropout", id="dropout"),
        pytest.param(mixture_entry("qwen3_moe", ["q_proj", "up_proj"]), "gate and up of experts together", id="a part"),
        pytest.param(mixture_entry("mixtral", ["w1"]), "gate and up of experts together", id="a part, by other names"),
        pytest.param(mixture_entry("qwen3_moe", "all-linear", dropout=0.1), "take no lora_dropout", id="all layers"),
        pytest.param(mixture_entry("qwen3_moe", ["mlp.gate_proj"]), "gate and up of experts together", id="dotted"),
    ],
)
def test_what_peft_refuses_of_a_mixture_is_not_written(entry: Any, problem: str) -> None:
    """It makes such names parameters of experts: all of a fused pair, and without dropout."""
    with pytest.raises(UnsayableError, match=problem):
        target_modules(asked(PEFT, entry))


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(mixture_entry("qwen3_moe", ALL), id="both of the pair, no dropout"),
        pytest.param(mixture_entry("qwen3_moe", ["q_proj"], dropout=0.1), id="attention alone"),
        pytest.param(mixture_entry("qwen3_5_moe", ALL, dropout=0.1), id="a family that PEFT does not convert"),
        pytest.param(entry_of(architecture=None), id="no shape stated"),
    ],
)
def test_other_names_are_written(entry: Any) -> None:
    """The rules of experts are for names that mean them."""
    assert target_modules(asked(PEFT, entry))


@pytest.mark.parametrize(
    ("entry", "is_noted"),
    [
        pytest.param(mixture_entry("qwen3_5_moe", ALL), True, id="names of experts that are no modules"),
        pytest.param(mixture_entry("gpt_oss", ["q_proj"]), False, id="attention alone"),
        pytest.param(mixture_entry("qwen3_moe", ALL), False, id="a family that PEFT converts"),
        pytest.param(mixture_entry("qwen3_5_moe", "all-linear"), False, id="all layers: it names no experts"),
        pytest.param(
            mixture_entry("granitemoehybrid", ["shared_mlp.input_linear"]), False, id="shared experts by their own name"
        ),
        pytest.param(mixture_entry("granitemoehybrid", ["input_linear"]), True, id="experts by the same last name"),
        pytest.param(entry_of(), False, id="no experts"),
    ],
)
def test_experts_that_no_adapter_reaches_are_noted(entry: Any, is_noted: bool) -> None:
    """With the parameters that would reach them."""
    notes = left_experts(asked(PEFT, entry))

    assert bool(notes) is is_noted
    assert all("experts.gate_up_proj, experts.down_proj as target_parameters" in note for note in notes)


@pytest.mark.parametrize(
    ("value", "targets"),
    [
        (["v_proj", "q_proj", "v_proj"], ["v_proj", "q_proj"]),
        ("all-linear", "all-linear"),
        (None, None),
    ],
)
def test_targets_are_read(value: object, targets: object) -> None:
    """Each name once, in the file's order; null leaves the choice to PEFT's table."""
    expected = {} if targets is None else {"lora_config.target_modules": targets}

    assert read_targets(said(PEFT, target_modules=value), "target_modules") == expected


def test_a_pattern_is_left() -> None:
    """Which layers it means only the real model tells."""
    words = said(PEFT, target_modules=r".*\.layers\.[0-3]\.q_proj")

    assert read_targets(words, "target_modules") == {}
    assert "target_modules" in words.left


def test_a_variable_says_nothing_of_targets() -> None:
    """Neither names nor a pattern."""
    words = Words({"target_modules": Item("target_modules", UnknownValue("$T"))}, PEFT.vocabulary)

    assert read_targets(words, "target_modules") == {}
    assert words.left == {}


@pytest.mark.parametrize(
    ("value", "ours"),
    [
        (None, {"trains_embeddings": False}),
        ([], {"trains_embeddings": False}),
        (["embed_tokens", "lm_head"], {"trains_embeddings": True}),
        ("lm_head", {"trains_embeddings": True, "lora_config.modules_to_save": ["lm_head"]}),
        (["score"], {"trains_embeddings": False, "lora_config.modules_to_save": ["score"]}),
    ],
)
def test_modules_that_are_trained_in_full_are_settings(value: object, ours: dict[str, Any]) -> None:
    """A text is a list of one, and no list of letters."""
    assert read_ends(said(TRL, lora_modules_to_save=value), "lora_modules_to_save") == ours


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (None, []),
        (["mlp.experts.gate_up_proj", "mlp.experts.down_proj"], ["mlp.experts.gate_up_proj", "mlp.experts.down_proj"]),
        ("experts.down_proj", ["experts.down_proj"]),
        (".*experts.*", None),
    ],
)
def test_parameters_are_names_and_a_pattern_is_left(value: object, names: list[str] | None) -> None:
    """As PEFT takes them: the end of a name, or a pattern of the whole."""
    words = said(TRL, lora_target_parameters=value)

    found = read_parameters(words, "lora_target_parameters")

    assert found.get("lora_config.target_parameters") == names
    assert ("lora_target_parameters" in words.left) is (names is None)
