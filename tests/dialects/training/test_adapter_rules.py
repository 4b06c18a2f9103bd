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


SAVED = "lora_config.modules_to_save"


@pytest.mark.parametrize(
    ("names", "ours"),
    [
        (["embed_tokens", "lm_head"], {"trains_embeddings": True}),
        (["model.embed_tokens"], {"trains_embeddings": True, SAVED: ["model.embed_tokens"]}),
        (["norm"], {"trains_embeddings": False, SAVED: ["norm"]}),
        (["wte", "audio_tower"], {"trains_embeddings": True, SAVED: ["wte", "audio_tower"]}),
        ([], {"trains_embeddings": False}),
    ],
)
def test_names_of_saved_modules_are_settings(names: list[str], ours: dict[str, Any]) -> None:
    """Embeddings and head in one word, whatever checkpoints call them; any other set by its names."""
    assert adapter_rules.saved_settings(names) == ours


@pytest.mark.parametrize(
    ("changes", "saved"),
    [
        ({}, []),
        ({"trains_embeddings": True}, ["embed_tokens", "lm_head"]),
        ({"lora_config__modules_to_save": ["score"]}, ["score"]),
        ({"lora_config__modules_to_save": ["lm_head"]}, ["lm_head"]),
        (
            {"lora_config__modules_to_save": ["score"], "trains_embeddings": True},
            ["score", "embed_tokens", "lm_head"],
        ),
        ({"trains_embeddings": True, "method": "full"}, []),
    ],
)
def test_saved_modules_are_written_by_name(changes: dict[str, Any], saved: list[str]) -> None:
    """Embeddings and head among them, where they are trained and not named; none where all weights are."""
    assert adapter_rules.saved_modules(request(LLAMA_FACTORY, **changes)) == saved


def test_magnitudes_and_parameters_are_said_where_there_is_an_adapter() -> None:
    """Absent there are none; with a variable of a shell for a value nothing is known."""

    def is_full(found: Words) -> bool:
        return bool(found.get("finetuning_type") == "full")

    dora = adapter_rules.of_dora("use_dora", is_full)
    parameters = adapter_rules.of_parameters("lora_target", lambda found, key: {"x": found.get(key)}, is_full)

    assert dora.write(request(LLAMA_FACTORY, lora_config__use_dora=True)) == {"use_dora": True}
    assert dora.write(request(LLAMA_FACTORY, lora_config__use_dora=True, method="full")) == {}
    assert dora.read(words()) == {"lora_config.use_dora": False}
    assert dora.read(words(use_dora=True)) == {"lora_config.use_dora": True}
    assert dora.read(words(use_dora=True, finetuning_type="full")) == {}
    assert parameters.write(request(LLAMA_FACTORY, lora_config__target_parameters=["a.b"])) == {"lora_target": ["a.b"]}
    assert parameters.write(request(LLAMA_FACTORY)) == {}
    assert parameters.read(words(lora_target="a.b")) == {"x": "a.b"}
    assert parameters.read(words(lora_target="a.b", finetuning_type="full")) == {}
