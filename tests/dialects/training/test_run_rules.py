"""How a run is set up, in arguments that trainers name alike."""

from __future__ import annotations

from typing import Any

import pytest
from training_files import request

from model_garden_registry.dialects.items import Item
from model_garden_registry.dialects.rules import UnsayableError, Words
from model_garden_registry.dialects.training import run_rules
from model_garden_registry.dialects.training.llamafactory.dialect import LLAMA_FACTORY


def words(**keys: Any) -> Words:
    """Return what a file for LLaMA-Factory says."""
    return Words({key: Item(key, value) for key, value in keys.items()}, LLAMA_FACTORY.vocabulary)


def test_what_nobody_chooses_is_always_read_and_refused_otherwise() -> None:
    """A tool has one value of it."""
    rule = run_rules.fixed("context_parallel_size", value=1, why="does not split sequences")

    assert rule.read(words()) == {"context_parallel_size": 1}
    assert rule.write(request(LLAMA_FACTORY)) == {}
    with pytest.raises(UnsayableError, match=r"ms-swift 4\.6\.0 does not split .*, and context_parallel_size is 2"):
        rule.write(request(LLAMA_FACTORY, stack="ms-swift", n_gpus=2, context_parallel_size=2))


def test_a_word_that_a_tool_has_not_cannot_be_said() -> None:
    """Tools bring other releases of transformers than the one whose words ours are."""
    rule = run_rules.chosen("msswift", "optim", "optim")

    assert rule.write(request(LLAMA_FACTORY, optim="lomo")) == {"optim": "lomo"}
    with pytest.raises(UnsayableError, match=r"ms-swift 4\.6\.0 has no optim adamw_apex_fused"):
        rule.write(request(LLAMA_FACTORY, optim="adamw_apex_fused"))


@pytest.mark.parametrize(("stated", "ours"), [(3.0, 3), (0.5, 1), (2.1, 3), (0, 1), (-1, 1)])
def test_a_part_of_an_epoch_is_one(stated: float, ours: int) -> None:
    """Ours are whole."""
    assert run_rules.epochs().read(words(num_train_epochs=stated)) == {"num_epochs": ours}


@pytest.mark.parametrize(
    ("keys", "ours"),
    [
        ({}, {"warmup_steps": 0}),
        ({"warmup_steps": 20}, {"warmup_steps": 20}),
        ({"warmup_steps": 20.0}, {"warmup_steps": 20}),
        ({"warmup_steps": 0.1}, {}),
        ({"warmup_ratio": 0.1}, {"warmup_ratio": 0.1}),
        ({"warmup_ratio": 2.5}, {}),
        ({"warmup_steps": 5, "warmup_ratio": 0.1}, {"warmup_ratio": 0.1}),
        ({"warmup_ratio": 0.0}, {"warmup_steps": 0}),
    ],
)
def test_the_warm_up_is_a_share_or_a_number_of_steps(keys: dict[str, Any], ours: dict[str, float]) -> None:
    """A share stands above steps."""
    assert run_rules.warmup().read(words(**keys)) == ours


def test_a_share_is_written_by_its_own_name() -> None:
    """Steps where none is set."""
    rule = run_rules.warmup()

    assert rule.write(request(LLAMA_FACTORY, warmup_ratio=0.1)) == {"warmup_ratio": 0.1}
    assert rule.write(request(LLAMA_FACTORY, warmup_steps=7)) == {"warmup_steps": 7}


def test_what_changes_no_memory_is_said_where_it_is_set() -> None:
    """Absent in a file, it is not heard of."""
    decay, *_ = run_rules.further_rules()

    assert [rule.keys for rule in run_rules.further_rules()] == [("weight_decay",), ("max_grad_norm",), ("seed",)]
    assert decay.write(request(LLAMA_FACTORY, weight_decay=0.1)) == {"weight_decay": 0.1}
    assert decay.read(words(weight_decay=0.2)) == {"weight_decay": 0.2}
    assert decay.read(words()) == {}


def test_float32_copies_follow_from_the_split() -> None:
    """Only where each GPU trains all weights by itself may a tool leave them out."""
    rule, without = run_rules.master_weights("pure_bf16"), run_rules.master_weights()

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
    rule = run_rules.attention(
        "flash_attn", {"sdpa": "sdpa", "eager": "disabled"}, "auto", also={"fa3": "flash_attention_3"}
    )

    assert rule.write(request(LLAMA_FACTORY)) == {"flash_attn": "auto"}
    assert rule.write(request(LLAMA_FACTORY, attn_implementation="sdpa")) == {"flash_attn": "sdpa"}
    assert rule.write(request(LLAMA_FACTORY, attn_implementation="eager")) == {"flash_attn": "disabled"}
    with pytest.raises(UnsayableError, match="does not take attention flash_attention_2"):
        rule.write(request(LLAMA_FACTORY, attn_implementation="flash_attention_2"))
    assert run_rules.attention("flash_attn", {}, None).write(request(LLAMA_FACTORY)) == {}


def test_attention_has_other_names_in_a_file() -> None:
    """One that is not counted is left."""
    rule = run_rules.attention("flash_attn", {"eager": "disabled"}, "auto", also={"fa3": "flash_attention_3"})
    found = words(flash_attn="fa2")

    assert rule.read(words()) == {"attn_implementation": "sdpa"}
    assert rule.read(words(flash_attn="disabled")) == {"attn_implementation": "eager"}
    assert rule.read(words(flash_attn="fa3")) == {"attn_implementation": "flash_attention_3"}
    assert rule.read(found) == {}
    assert found.left == {"flash_attn": "an attention kernel that is not counted"}
