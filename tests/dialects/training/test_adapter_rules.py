"""The adapter, in arguments that trainers name alike."""

from __future__ import annotations

from typing import Any

import pytest
from training_files import request

from model_garden_registry.dialects.items import Item
from model_garden_registry.dialects.rules import Words
from model_garden_registry.dialects.training import adapter_rules
from model_garden_registry.dialects.training.llamafactory.dialect import LLAMA_FACTORY


def words(**keys: Any) -> Words:
    """Return what a file for LLaMA-Factory says."""
    return Words({key: Item(key, value) for key, value in keys.items()}, LLAMA_FACTORY.vocabulary)


def test_numbers_of_an_adapter_are_said_where_there_is_one() -> None:
    """Neither side says them where all weights are trained."""
    rule = adapter_rules.of_adapter("lora_rank", "r", lambda found: found.get("finetuning_type") == "full")
    none = adapter_rules.of_adapter("lora_rank", "r", lambda _: False, of=lambda _: None)

    assert rule.write(request(LLAMA_FACTORY, lora_config__r=4)) == {"lora_rank": 4}
    assert rule.write(request(LLAMA_FACTORY, method="full")) == {}
    assert rule.read(words()) == {"lora_config.r": 8}
    assert rule.read(words(finetuning_type="full")) == {}
    assert none.read(words()) == {}


@pytest.mark.parametrize(
    ("names", "ends", "others"),
    [
        (["embed_tokens", "lm_head"], True, []),
        (["model.embed_tokens"], True, []),
        (["norm"], False, ["norm"]),
        (["wte", "audio_tower"], True, ["audio_tower"]),
        ([], False, []),
    ],
)
def test_names_of_embeddings_and_heads_are_told(names: list[str], ends: bool, others: list[str]) -> None:
    """As checkpoints have them."""
    assert adapter_rules.of_ends(names) == (ends, others)
