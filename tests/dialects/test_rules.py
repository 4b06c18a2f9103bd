"""Correspondences between our settings and a tool's keys."""

from __future__ import annotations

import pytest
from made_up_tool import request
from sound_entry import ENTRY

from model_garden_registry.dialects.dialect import Dialect
from model_garden_registry.dialects.items import Item, UnknownValue
from model_garden_registry.dialects.rules import RefusedValueError, Words, same
from model_garden_registry.dialects.vocabulary import ABSENT
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.merging import Layer, merge


def words(dialect: Dialect, **values: object) -> Words:
    """Return what a file says."""
    return Words({key: Item(key, value) for key, value in values.items()}, dialect.vocabulary)


def test_a_key_that_is_absent_has_the_tools_default(weaver: Dialect) -> None:
    """Null is absent too, and what no file knows stays unknown."""
    said = words(weaver, rows=4, rate=None, length=UnknownValue("$L"))

    assert "rows" in said
    assert "rate" not in said
    assert said.get("rows") == 4
    assert said.get("rate") == 0.001
    assert said.get("length") is ABSENT
    assert same("rows", "batch_size").read(said) == {"batch_size": 4}
    assert same("length", "max_seq_length").read(said) == {}


def test_a_default_of_null_is_a_value(weaver: Dialect) -> None:
    """A tool's default may be that nothing is chosen."""
    rule = same("kernel", "eval_batch_size")
    said = words(weaver)

    assert rule.read(said) == {}
    assert same("rows", of=str).read(words(weaver, rows=2)) == {"rows": "2"}


def test_a_value_that_the_tool_refuses_names_its_key(weaver: Dialect) -> None:
    """What a conversion cannot take is said of the key."""

    def refuse(value: object) -> object:
        raise ValueError(f"is {value}, and odd")

    with pytest.raises(RefusedValueError, match="and odd") as caught:
        same("rows", "batch_size", of=refuse).read(words(weaver, rows=3))

    assert caught.value.key == "rows"
    assert caught.value.problem == "is 3, and odd"


def test_nothing_is_written_for_null() -> None:
    """A setting that nobody chose leaves its key out."""
    entry = ModelInfo.model_validate(ENTRY)
    asked = request(merge(entry, "training", Layer({"eval_batch_size": None})), entry)

    assert same("eval_rows", "eval_batch_size").write(asked) == {}
    assert same("rows", "batch_size", to=str).write(asked) == {"rows": "2"}
    assert same("rank", "lora_config.r").write(asked) == {"rank": 16}
