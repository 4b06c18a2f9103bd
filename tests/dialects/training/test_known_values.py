"""What a rule says where a value is not in the file."""

from __future__ import annotations

from typing import Any

from model_garden_registry.dialects.items import Item, UnknownValue
from model_garden_registry.dialects.rules import Words
from model_garden_registry.dialects.training import known_values, run_rules
from model_garden_registry.dialects.training.llamafactory.dialect import LLAMA_FACTORY


def words(**keys: Any) -> Words:
    """Return what a file for LLaMA-Factory says."""
    return Words({key: Item(key, value) for key, value in keys.items()}, LLAMA_FACTORY.vocabulary)


def test_a_value_that_is_not_in_the_file_ends_its_rule() -> None:
    """What follows from it is not known either; doubts stay."""
    rule = known_values.where_known(run_rules.epochs())

    assert rule.read(words(num_train_epochs=UnknownValue("$EPOCHS"))) == {}
    assert rule.read(words(num_train_epochs=2)) == {"num_epochs": 2}
    assert known_values.known("text") == "text"
    doubtful = words(stage="ppo")
    known_values.where_known(next(rule for rule in LLAMA_FACTORY.rules if "stage" in rule.keys)).read(doubtful)
    assert [*doubtful.left] == ["stage"]
