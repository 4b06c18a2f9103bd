"""How many parameters a model has, where its facts leave it out."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tools.counts import with_counts

from model_garden_registry.authoring.facts import ModelFacts
from model_garden_registry.entries.architecture import Architecture

DENSE: dict[str, Any] = {
    "model_type": "llama",
    "num_hidden_layers": 32,
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "vocab_size": 128_256,
    "tie_word_embeddings": False,
}
SPARSE: dict[str, Any] = {
    **DENSE,
    "model_type": "mixtral",
    "moe": {"num_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 14336},
}
#: Experts of SPARSE that a token does not pass: six of eight, three matrices each, in every layer.
IDLE = 6 * 3 * 4096 * 14336 * 32


def counted(
    shape: dict[str, Any], config: dict[str, Any] | None = None, *, has_vision: bool = False
) -> tuple[int | None, int | None]:
    """Return both counts of facts with a shape."""
    facts = ModelFacts(
        model_id="a/b",
        provider="a",
        family="b",
        kind="base",
        has_vision=has_vision,
        architecture=Architecture.model_validate(shape),
    )
    found = with_counts(facts, config)
    assert replace(found, architecture=facts.architecture) == facts
    return found.architecture.parameters, found.architecture.active_parameters


def test_a_shape_tells_all_parameters() -> None:
    """Llama 3.1 8B, to the unit."""
    assert counted(DENSE) == (8_030_261_248, None)


def test_of_experts_those_count_that_a_token_passes() -> None:
    """All but the idle ones, also of a stated total; what is stated stays."""
    total, active = counted(SPARSE)

    assert (total or 0) - (active or 0) == IDLE
    assert counted({**SPARSE, "parameters": 50 * 10**9}) == (50 * 10**9, 50 * 10**9 - IDLE)
    assert counted({**SPARSE, "active_parameters": 13 * 10**9})[1] == 13 * 10**9


def test_a_token_of_a_text_does_not_pass_the_tower() -> None:
    """What sees images counts in all, and not among what works on a token."""
    bare, seeing = counted(SPARSE), counted({**SPARSE, "vision": {"parameters": 10**9}}, has_vision=True)

    assert seeing == ((bare[0] or 0) + 10**9, bare[1])


@pytest.mark.parametrize(
    ("shape", "has_vision"),
    [
        pytest.param({**DENSE, "vocab_size": None}, False, id="a number is missing"),
        pytest.param({**DENSE, "model_type": "molmo"}, False, id="a layout that is not counted"),
        pytest.param({**DENSE, "model_type": "llava"}, True, id="no tower"),
        pytest.param(
            {**DENSE, "model_type": "llava", "vision": {"patch_size": 14}}, True, id="a tower without a count"
        ),
        pytest.param({**DENSE, "model_type": "gemma4_text"}, False, id="weights that only config.json tells"),
    ],
)
def test_what_the_shape_does_not_tell_is_left_out(shape: dict[str, Any], has_vision: bool) -> None:
    """No count rather than one that is too small."""
    assert counted(shape, has_vision=has_vision) == (None, None)


def test_config_json_tells_further_weights() -> None:
    """Gemma 3n and 4 have embeddings for every layer."""
    shape = {**DENSE, "model_type": "gemma4_text", "tie_word_embeddings": True}
    config = {"vocab_size_per_layer_input": 1000, "num_hidden_layers": 32, "hidden_size_per_layer_input": 256,
              "hidden_size": 4096}  # fmt: skip
    bare = {"num_hidden_layers": 32}

    assert (counted(shape, config)[0] or 0) - (counted(shape, bare)[0] or 0) == 32 * 256 * (1000 + 3 * 4096)
