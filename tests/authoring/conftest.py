"""Facts of one plain model, and ways to vary them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry.authoring.facts import ModelFacts
from model_garden_registry.entries.architecture import Architecture

#: Llama-3.1-8B.
SHAPE: dict[str, Any] = {
    "model_type": "llama",
    "architecture_class": "LlamaForCausalLM",
    "parameters": 8030261248,
    "num_hidden_layers": 32,
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "vocab_size": 128256,
    "tie_word_embeddings": False,
    "max_position_embeddings": 131072,
    "dtype": "bfloat16",
}

MIXTURE: dict[str, Any] = {
    **SHAPE,
    "model_type": "qwen3_moe",
    "parameters": 30532122624,
    "active_parameters": 3353032704,
    "num_hidden_layers": 48,
    "hidden_size": 2048,
    "num_key_value_heads": 4,
    "moe": {"num_experts": 128, "num_experts_per_tok": 8, "moe_intermediate_size": 768},
}

MakeFacts = Callable[..., ModelFacts]


@pytest.fixture
def facts_with() -> MakeFacts:
    """Give a maker of facts: of Llama-3.1-8B, with other fields, and other numbers in its shape (None: left out)."""

    def make(shape: dict[str, Any] | None = None, **changes: Any) -> ModelFacts:
        numbers = {key: value for key, value in {**SHAPE, **(shape or {})}.items() if value is not None}
        plain: dict[str, Any] = {"model_id": "org/Model-8B", "provider": "org", "family": "Model", "kind": "chat"}
        return ModelFacts(**{**plain, "architecture": Architecture.model_validate(numbers), **changes})

    return make


@pytest.fixture
def mixture(facts_with: MakeFacts) -> ModelFacts:
    """Give the facts of a mixture of experts: Qwen3-30B-A3B."""
    return facts_with(MIXTURE, model_id="org/Model-30B-A3B")
