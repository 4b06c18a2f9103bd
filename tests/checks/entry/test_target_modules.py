"""Which layers can get an adapter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from own_facts import facts_laid_over

from model_garden_registry.bundled import bundled_registry
from model_garden_registry.checks.entry.target_modules import linear_modules
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.files.layering import load_registry_file

#: Families of the test's own: two of one word, one of another.
OWLS: dict[str, Any] = {
    "owl": {
        "attention": {"q_proj": "q", "o_proj": "o"},
        "feed_forward": {"up_proj": "up"},
        "expert_modules": {"w2": "down"},
        "fused_experts": {"experts.down_proj": "down"},
        "other": ["router"],
        "tower": ["patch_embed"],
        "word": "bird",
    },
    "owlet": {"attention": {"qkv_proj": "q k v"}, "feed_forward": {"fc1": "up"}, "also_words": ["bird"]},
}
OWL, OWLET = {"q_proj", "o_proj", "up_proj", "w2", "router", "patch_embed"}, {"qkv_proj", "fc1"}
ENDS = {"embed_tokens", "lm_head"}


@pytest.mark.parametrize(
    ("changes", "modules"),
    [
        pytest.param({"architecture": {"model_type": "owl"}}, OWL, id="by model_type"),
        pytest.param({"architecture": {"model_type": "owlet"}}, OWLET, id="fused layers"),
        pytest.param(
            {"architecture": {"model_type": "owlet"}, "base_architecture": "llama"},
            OWLET,
            id="model_type before family",
        ),
        pytest.param({"architecture": None, "base_architecture": "bird"}, OWL | OWLET, id="by word, without a shape"),
        pytest.param({"architecture": {}, "base_architecture": "owlet"}, OWLET, id="by word, without model_type"),
        pytest.param(
            {"architecture": {"model_type": "new"}, "base_architecture": "bird"},
            None,
            id="an unknown model_type of a known family",
        ),
        pytest.param({"architecture": None, "base_architecture": "new"}, None, id="an unknown family"),
    ],
)
def test_layers_come_from_the_architecture(
    changes: Mapping[str, Any], modules: set[str] | None, entry_with: Callable[[Mapping[str, Any]], ModelInfo]
) -> None:
    """`model_type` decides, the family where it is not stated; what is not known gives None, never a guess."""
    ends = {"embeddings": ["embed_tokens"], "heads": ["lm_head"]}
    with facts_laid_over(families={"families": OWLS, "ends": ends}):
        found = linear_modules(entry_with(changes))

    assert found == (None if modules is None else modules | ENDS)


def test_llama_has_seven_layers_and_two_ends(entry_with: Callable[[Mapping[str, Any]], ModelInfo]) -> None:
    """What most entries name."""
    found = linear_modules(entry_with({"architecture": {"model_type": "llama"}}))

    assert found
    assert found >= {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj", *ENDS}
    assert "qkv_proj" not in found


@pytest.mark.sweep
def test_the_layers_of_every_shipped_model_are_known() -> None:
    """No shipped entry that can be trained escapes the rule on target modules."""
    file = load_registry_file(bundled_registry())
    entries = [file.parse_entry(key) for key in file.models]

    assert [entry.id for entry in entries if entry.training_defaults and linear_modules(entry) is None] == []
