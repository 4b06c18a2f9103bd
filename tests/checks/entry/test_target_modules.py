"""Which layers can get an adapter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from model_garden_registry.bundled import bundled_registry
from model_garden_registry.checks.entry.target_modules import linear_modules
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.files.loading import load_registry_file

ATTENTION = {"q_proj", "k_proj", "v_proj", "o_proj"}
GATED = {"gate_proj", "up_proj", "down_proj"}
ENDS = {"embed_tokens", "lm_head"}


@pytest.mark.parametrize(
    ("changes", "modules"),
    [
        pytest.param({"architecture": {"model_type": "llama"}}, ATTENTION | GATED | ENDS, id="by model_type"),
        pytest.param(
            {"architecture": {"model_type": "phi3"}},
            {"qkv_proj", "o_proj", "gate_up_proj", "down_proj"} | ENDS,
            id="fused layers",
        ),
        pytest.param(
            {"architecture": {"model_type": "phi"}, "base_architecture": "llama"},
            {"q_proj", "k_proj", "v_proj", "dense", "fc1", "fc2"} | ENDS,
            id="model_type before family",
        ),
        pytest.param({"architecture": None}, ATTENTION | GATED | ENDS, id="by family, without a shape"),
        pytest.param({"architecture": {}}, ATTENTION | GATED | ENDS, id="by family, without model_type"),
        pytest.param({"architecture": {"model_type": "new"}}, None, id="an unknown model_type of a known family"),
        pytest.param({"architecture": None, "base_architecture": "new"}, None, id="an unknown family"),
    ],
)
def test_layers_come_from_the_architecture(
    changes: Mapping[str, Any], modules: set[str] | None, entry_with: Callable[[Mapping[str, Any]], ModelInfo]
) -> None:
    """`model_type` decides, the family where it is not stated; what is not known gives None, never a guess."""
    assert linear_modules(entry_with(changes)) == modules


def test_the_layers_of_every_shipped_model_are_known() -> None:
    """No shipped entry that can be trained escapes the rule on target modules."""
    file = load_registry_file(bundled_registry())
    entries = [file.parse_entry(key) for key in file.models]

    assert [entry.id for entry in entries if entry.training_defaults and linear_modules(entry) is None] == []
