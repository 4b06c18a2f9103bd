"""Habits of architectures."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from model_garden_registry.authoring.drafting import unsized_entry
from model_garden_registry.authoring.facts import ModelFacts
from model_garden_registry.authoring.families import TARGET_MODULES, base_architecture, target_modules
from model_garden_registry.checks.entry.target_modules import linear_modules
from model_garden_registry.entries.model import ModelInfo

MakeFacts = Callable[..., ModelFacts]


@pytest.mark.parametrize(
    ("model_type", "narrows", "modules"),
    [
        pytest.param("qwen3_moe", False, ("q_proj", "k_proj", "v_proj", "o_proj"), id="experts are out of reach"),
        pytest.param("phi3", False, ("qkv_proj", "o_proj", "gate_up_proj", "down_proj"), id="fused"),
        pytest.param(
            "deepseek_v3",
            True,
            ("q_a_proj", "q_b_proj", "kv_a_proj_with_mqa", "kv_b_proj", "o_proj"),
            id="narrow queries",
        ),
        pytest.param("deepseek_v2", False, ("q_proj", "kv_a_proj_with_mqa", "kv_b_proj", "o_proj"), id="wide queries"),
        pytest.param(
            "glm_moe_dsa",
            False,
            ("q_a_proj", "q_b_proj", "kv_a_proj_with_mqa", "kv_b_proj", "o_proj"),
            id="always narrow",
        ),
        pytest.param("new", False, "all-linear", id="an unknown architecture"),
        pytest.param(None, False, "all-linear", id="no architecture"),
    ],
)
def test_target_modules_are_those_of_the_architecture(
    model_type: str | None, narrows: bool, modules: tuple[str, ...] | str
) -> None:
    """Names as in the checkpoint; nothing that it does not have."""
    assert target_modules(model_type, narrows_queries=narrows) == modules


@pytest.mark.parametrize("model_type", sorted(TARGET_MODULES))
def test_the_check_knows_every_module_that_the_policy_names(model_type: str, facts_with: MakeFacts) -> None:
    """An entry made by the policy passes the rule on target modules."""
    entry: ModelInfo = unsized_entry(facts_with({"model_type": model_type}))
    known = linear_modules(entry) or frozenset()

    assert {name.rpartition(".")[2] for name in TARGET_MODULES[model_type]} <= known


@pytest.mark.parametrize(
    ("model_type", "word"),
    [
        pytest.param("qwen2_5_vl", "qwen-vl", id="one word for generations"),
        pytest.param("qwen3_moe", "qwen3-moe", id="its own"),
    ],
)
def test_families_of_architectures_have_words(model_type: str, word: str) -> None:
    """As existing entries call them."""
    assert base_architecture(model_type) == word
