"""What a tool's keys take."""

from __future__ import annotations

import json
from typing import Any

import pytest

from model_garden_registry.bundled import storage_directory
from model_garden_registry.dialects.dialect import Dialect
from model_garden_registry.dialects.items import UnknownValue
from model_garden_registry.dialects.vocabulary import ABSENT, Word, vocabulary

ALL_TYPES = frozenset({"integer", "number", "boolean", "string", "array", "object"})


def word(*types: str, **more: Any) -> Word:
    """Return a word of these types."""
    return Word(types=frozenset(types), **more)


@pytest.mark.parametrize(
    ("types", "value", "taken"),
    [
        (["number"], "2e-5", 2e-5),
        (["number"], 3, 3),
        (["integer"], "16", 16),
        (["integer"], 16.0, 16),
        (["integer"], "16.0", 16),
        (["boolean"], "true", True),
        (["boolean"], "No", False),
        (["boolean"], 1, True),
        (["integer", "boolean"], True, True),
        (["string"], 7, "7"),
        (["string"], "true", "true"),
        (["array"], ["a"], ["a"]),
        (["array", "string"], "a", "a"),
        (["object"], {"image": 1}, {"image": 1}),
        (["object"], '{"image": 1}', {"image": 1}),
        (["array"], '["a"]', ["a"]),
        (["object", "string"], "{not json", "{not json"),
        (["object", "string"], '["a"]', '["a"]'),
        (["number"], None, None),
    ],
)
def test_a_value_is_read_as_the_tool_reads_it(types: list[str], value: Any, taken: Any) -> None:
    """YAML 1.1 and shells give texts where a number or a boolean is meant."""
    found = word(*types).taken(value)

    assert found == taken
    assert type(found) is type(taken)


@pytest.mark.parametrize(
    ("types", "value", "problem"),
    [
        (["integer"], "many", "takes a whole number, not 'many'"),
        (["integer"], 1.5, "takes a whole number, not 1.5"),
        (["integer"], True, "takes a whole number, not True"),
        (["number"], float("inf"), "takes a number"),
        (["number"], "1e999", "takes a number"),
        (["boolean"], 2, "takes true or false, not 2"),
        (["boolean"], "perhaps", "takes true or false, not 'perhaps'"),
        (["string"], ["a"], "takes a text"),
        (["array"], {"a": 1}, "takes a list"),
        (["object"], "{", "takes a mapping"),
        (["integer", "string"], {}, "takes a whole number or a text"),
        (["number"], object(), "takes a number"),
    ],
)
def test_a_value_of_another_type_is_refused_in_one_line(types: list[str], value: Any, problem: str) -> None:
    """The sentence says what the key takes."""
    with pytest.raises(ValueError, match="takes") as caught:
        word(*types).taken(value)

    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


def test_choices_and_bounds_are_said() -> None:
    """A value outside of what the tool takes is refused with what it takes."""
    with pytest.raises(ValueError, match="not one of sdpa, eager"):
        word("string", choices=("sdpa", "eager")).taken("flash")
    with pytest.raises(ValueError, match="must be at most 1, not 2"):
        word("number", minimum=0, maximum=1).taken(2)
    with pytest.raises(ValueError, match="at least 1, not 0"):
        word("integer", minimum=1).taken(0)
    assert word("number", maximum=1).taken("0.5") == 0.5
    assert word("integer", choices=("auto",)).taken("auto") == "auto"


def test_a_value_that_is_not_in_the_file_is_taken_as_it_is() -> None:
    """What a shell would put there cannot be checked."""
    value = UnknownValue("$N")

    assert word("integer").taken(value) is value


def test_the_words_of_a_tool(weaver: Dialect) -> None:
    """Keys, other spellings, and what became of keys that are gone."""
    words = weaver.vocabulary

    assert words.named == "Weaver 1.2.0"
    assert words.key_of("rate") == "rate"
    assert words.key_of("lr") == "rate"
    assert words.key_of("lines") is None
    assert words.keys["length"].default is ABSENT
    assert repr(ABSENT) == "ABSENT"
    assert words.without_influence == {"log_to": "logging"}
    assert words.tables == {}


VOCABULARIES = sorted(path.stem for path in (storage_directory() / "vocabularies").glob("*.json"))


@pytest.mark.parametrize("tool", VOCABULARIES)
def test_a_shipped_vocabulary_agrees_with_itself(tool: str) -> None:
    """Every key has known types, other spellings lead to keys, and no key is reviewed twice or gone as well."""
    words = vocabulary(tool)
    stated = json.loads((storage_directory() / "vocabularies" / f"{tool}.json").read_bytes())

    assert words.tool == tool
    assert all(found.types and found.types <= ALL_TYPES for found in words.keys.values())
    assert set(words.aliases.values()) <= set(words.keys)
    assert not set(words.aliases) & set(words.keys)
    assert not set(words.retired) & {*words.keys, *words.aliases}
    assert not set(words.elsewhere) & {*words.keys, *words.aliases, *words.retired}
    reviewed = [
        key
        for group in (stated.get("without_influence", {}), stated.get("not_followed", {}))
        for keys in group.values()
        for key in keys
    ]
    assert len(reviewed) == len(set(reviewed))
    assert set(reviewed) <= set(words.keys)


def test_of_many_choices_the_near_ones_are_named() -> None:
    """A line stays one that is read."""
    many = Word(types=frozenset({"string"}), choices=tuple(f"adamw_{number}bit" for number in range(4, 20)))

    with pytest.raises(ValueError, match="'adamw8bit' is not one of 16 words; did you mean adamw_8bit"):
        many.taken("adamw8bit")
    with pytest.raises(ValueError, match="'zzz' is not one of 16 words such as adamw_4bit"):
        many.taken("zzz")
    with pytest.raises(ValueError, match="'x' is not one of auto, false, true"):
        Word(types=frozenset({"string", "boolean"}), choices=("auto", False, True)).taken("x")


@pytest.mark.parametrize("number", [10**400, -(10**400), str(10**400)])
def test_a_number_beyond_all_floats_is_a_number(number: int | str) -> None:
    """It is for the settings to say that it is too large."""
    assert Word(types=frozenset({"integer"})).taken(number) == int(number)
    with pytest.raises(ValueError, match=r"must be at (least 1|most 2), not -?1000"):
        Word(types=frozenset({"integer"}), minimum=1, maximum=2).taken(number)
