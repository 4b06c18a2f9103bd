"""What files of several training tools have in common."""

from __future__ import annotations

from typing import Any

import pytest
from training_files import request

from model_garden_registry.dialects.items import Item, UnknownValue
from model_garden_registry.dialects.rules import UnsayableError, Words
from model_garden_registry.dialects.training import common
from model_garden_registry.dialects.training.llamafactory.dialect import LLAMA_FACTORY


def words(**keys: Any) -> Words:
    """Return what a file for LLaMA-Factory says."""
    return Words({key: Item(key, value) for key, value in keys.items()}, LLAMA_FACTORY.vocabulary)


def test_what_nobody_chooses_is_always_read_and_refused_otherwise() -> None:
    """A tool has one value of it."""
    rule = common.fixed("context_parallel_size", value=1, why="does not divide sequences")

    assert rule.read(words()) == {"context_parallel_size": 1}
    assert rule.write(request(LLAMA_FACTORY)) == {}
    with pytest.raises(UnsayableError, match=r"ms-swift 4\.6\.0 does not divide .*, and context_parallel_size is 2"):
        rule.write(request(LLAMA_FACTORY, stack="ms-swift", n_gpus=2, context_parallel_size=2))


def test_a_word_that_a_tool_has_not_cannot_be_said() -> None:
    """Tools bring other releases of transformers than the one whose words ours are."""
    rule = common.chosen("msswift", "optim", "optim")

    assert rule.write(request(LLAMA_FACTORY, optim="lomo")) == {"optim": "lomo"}
    with pytest.raises(UnsayableError, match=r"ms-swift 4\.6\.0 has no optim adamw_apex_fused"):
        rule.write(request(LLAMA_FACTORY, optim="adamw_apex_fused"))


@pytest.mark.parametrize(("stated", "ours"), [(3.0, 3), (0.5, 1), (2.1, 3), (0, 1), (-1, 1)])
def test_a_part_of_an_epoch_is_one(stated: float, ours: int) -> None:
    """Ours are whole."""
    assert common.epochs().read(words(num_train_epochs=stated)) == {"num_epochs": ours}


@pytest.mark.parametrize(
    ("keys", "ours"),
    [
        ({}, {"warmup_steps": 0}),
        ({"warmup_steps": 20}, {"warmup_steps": 20}),
        ({"warmup_steps": 20.0}, {"warmup_steps": 20}),
        ({"warmup_steps": 0.1}, {}),
        ({"warmup_ratio": 0.1}, {}),
        ({"warmup_steps": 5, "warmup_ratio": 0.1}, {}),
        ({"warmup_ratio": 0.0}, {"warmup_steps": 0}),
    ],
)
def test_a_share_of_the_run_is_no_number_of_steps(keys: dict[str, Any], ours: dict[str, int]) -> None:
    """Nobody knows how many there will be."""
    assert common.warmup().read(words(**keys)) == ours


def test_float32_copies_follow_from_the_split() -> None:
    """Only where each GPU trains all weights by itself may a tool leave them out."""
    rule, without = common.master_weights("pure_bf16"), common.master_weights()

    assert rule.write(request(LLAMA_FACTORY, method="full")) == {}
    assert rule.write(request(LLAMA_FACTORY, method="full", master_weights=False)) == {"pure_bf16": True}
    assert rule.read(words(pure_bf16=True)) == {"master_weights": False}
    assert rule.read(words(pure_bf16=False)) == {}
    assert without.read(words(pure_bf16=True)) == {}
    for unsayable in (
        {"method": "full", "master_weights": False, "sharding": "zero2", "n_gpus": 2},
        {"method": "lora", "master_weights": True},
    ):
        with pytest.raises(UnsayableError, match=r"chooses master_weights = (true|false) by itself"):
            rule.write(request(LLAMA_FACTORY, **unsayable))
    with pytest.raises(UnsayableError, match="chooses master_weights = true by itself"):
        without.write(request(LLAMA_FACTORY, method="full", master_weights=False))


def test_attention_that_nobody_chose_is_left_to_the_tool() -> None:
    """Some models want another one than most."""
    rule = common.attention(
        "flash_attn", {"sdpa": "sdpa", "eager": "disabled"}, "auto", also={"fa3": "flash_attention_3"}
    )

    assert rule.write(request(LLAMA_FACTORY)) == {"flash_attn": "auto"}
    assert rule.write(request(LLAMA_FACTORY, attn_implementation="sdpa")) == {"flash_attn": "sdpa"}
    assert rule.write(request(LLAMA_FACTORY, attn_implementation="eager")) == {"flash_attn": "disabled"}
    with pytest.raises(UnsayableError, match="does not take attention flash_attention_2"):
        rule.write(request(LLAMA_FACTORY, attn_implementation="flash_attention_2"))
    assert common.attention("flash_attn", {}, None).write(request(LLAMA_FACTORY)) == {}


def test_attention_has_other_names_in_a_file() -> None:
    """One that is not counted is left."""
    rule = common.attention("flash_attn", {"eager": "disabled"}, "auto", also={"fa3": "flash_attention_3"})
    found = words(flash_attn="fa2")

    assert rule.read(words()) == {"attn_implementation": "sdpa"}
    assert rule.read(words(flash_attn="disabled")) == {"attn_implementation": "eager"}
    assert rule.read(words(flash_attn="fa3")) == {"attn_implementation": "flash_attention_3"}
    assert rule.read(found) == {}
    assert found.left == {"flash_attn": "an attention kernel that is not counted"}


def test_a_value_that_is_not_in_the_file_ends_its_rule() -> None:
    """What follows from it is not known either; doubts stay."""
    rule = common.where_known(common.epochs())

    assert rule.read(words(num_train_epochs=UnknownValue("$EPOCHS"))) == {}
    assert rule.read(words(num_train_epochs=2)) == {"num_epochs": 2}
    assert common.known("text") == "text"
    doubtful = words(stage="ppo")
    common.where_known(next(rule for rule in LLAMA_FACTORY.rules if "stage" in rule.keys)).read(doubtful)
    assert [*doubtful.left] == ["stage"]


def test_numbers_of_an_adapter_are_said_where_there_is_one() -> None:
    """Neither side says them where all weights are trained."""
    rule = common.of_adapter("lora_rank", "r", lambda found: found.get("finetuning_type") == "full")
    none = common.of_adapter("lora_rank", "r", lambda _: False, of=lambda _: None)

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
    assert common.of_ends(names) == (ends, others)
