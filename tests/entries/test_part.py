"""The strict, frozen base: values of exactly the stated type, kept as they were written."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from copy import deepcopy
from typing import Annotated, Any, get_args

import pytest
from pydantic import ValidationError

from model_garden_registry import load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.entries.part import MOST_KEPT, ById, Number, Part, ReadOnly, Whole, Words, read_only
from model_garden_registry.entries.tasks import Task


class Inner(Part):
    """A part in a part."""

    count: Whole = 1


class Sample(Part):
    """One field of every kind."""

    text: str = ""
    flag: bool = False
    whole: Whole = 0
    number: Number = 0
    words: Words = ()
    inner: Inner = Inner()
    by_name: Annotated[Mapping[str, Inner], ReadOnly] = read_only({})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("whole", "4", id="digits for an integer"),
        pytest.param("whole", True, id="true for an integer"),
        pytest.param("whole", 4.5, id="a fraction for an integer"),
        pytest.param("whole", float("inf"), id="infinity for an integer"),
        pytest.param("whole", float("nan"), id="NaN for an integer"),
        pytest.param("whole", 10**15 + 1, id="an integer that nothing counts to"),
        pytest.param("whole", None, id="null for an integer"),
        pytest.param("number", "4", id="digits for a number"),
        pytest.param("number", True, id="true for a number"),
        pytest.param("number", float("inf"), id="infinity for a number"),
        pytest.param("number", float("-inf"), id="negative infinity for a number"),
        pytest.param("number", float("nan"), id="NaN for a number"),
        pytest.param("number", 10**400, id="an integer that no float holds"),
        pytest.param("flag", "yes", id="yes for true"),
        pytest.param("flag", 1, id="1 for true"),
        pytest.param("text", 4, id="an integer for a text"),
        pytest.param("text", b"4", id="bytes for a text"),
        pytest.param("words", "word", id="a text for a list"),
        pytest.param("words", [1], id="a list of integers for a list of texts"),
        pytest.param("words", {"a": 1}, id="an object for a list"),
        pytest.param("inner", [], id="a list for an object"),
        pytest.param("unknown", 1, id="an unknown key"),
        pytest.param("X-mine", 1, id="an extension key with a capital X"),
    ],
)
def test_a_value_of_another_type_is_refused(field: str, value: object) -> None:
    """Nothing is converted on the way in: a registry that says "4" is wrong."""
    with pytest.raises(ValidationError):
        Sample.model_validate({field: value})


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        pytest.param("whole", 3.0, 3, id="3.0 for an integer is 3"),
        pytest.param("whole", 10**15, 10**15, id="the largest integer"),
        pytest.param("whole", -0.0, 0, id="minus zero for an integer"),
        pytest.param("number", 4, 4, id="4 stays 4"),
        pytest.param("number", 4.0, 4.0, id="4.0 stays 4.0"),
        pytest.param("number", 1e-300, 1e-300, id="a small number"),
        pytest.param("words", ["b", "a"], ("b", "a"), id="a list of texts"),
        pytest.param("text", "\x00 é 🦉", "\x00 é 🦉", id="any text"),
    ],
)
def test_a_value_is_kept_as_it_is_written(field: str, value: object, kept: object) -> None:
    """A number keeps its type, so that what is read can be written again without a difference."""
    stored = getattr(Sample.model_validate({field: value}), field)

    assert (stored, type(stored)) == (kept, type(kept))


def test_a_part_cannot_be_changed() -> None:
    """Neither its fields, nor the mappings and lists in them."""
    sample = Sample.model_validate({"words": ["a"], "by_name": {"a": {"count": 2}}})

    with pytest.raises(ValidationError, match="frozen"):
        sample.text = "other"  # type: ignore[misc]  # the point of the test
    with pytest.raises(ValidationError, match="frozen"):
        del sample.text
    with pytest.raises(TypeError, match="item assignment"):
        sample.by_name["b"] = Inner()  # type: ignore[index]  # the point of the test
    with pytest.raises(TypeError, match="item assignment"):
        sample.words[0] = "b"  # type: ignore[index]  # the point of the test


def test_a_read_only_mapping_is_a_mapping_apart_from_its_source() -> None:
    """It compares, prints and counts as the dict that it was made from, and does not follow its changes."""
    source = {"a": 1}

    mapping = read_only(source)
    source["b"] = 2

    assert mapping == {"a": 1}
    assert (repr(mapping), len(mapping), list(mapping)) == ("{'a': 1}", 1, ["a"])


def test_a_read_only_mapping_shows_what_it_holds_and_cannot_be_changed_through_it() -> None:
    """Keys, values and pairs in order, as of a dict."""
    mapping = read_only({"a": 1, "b": 2})

    assert (list(mapping.keys()), list(mapping.values()), list(mapping.items())) == (
        ["a", "b"],
        [1, 2],
        [("a", 1), ("b", 2)],
    )
    assert ("a" in mapping, "c" in mapping) == (True, False)
    assert not hasattr(mapping.keys(), "clear")


def test_a_value_is_a_key_by_itself_alone() -> None:
    """What is only equal to it is another key."""
    one, other = [1], [1]

    assert ById(one) == ById(one)
    assert ById(one) != ById(other)
    assert ById(one) != one
    assert len({ById(one), ById(one), ById(other)}) == 2


def test_what_follows_from_every_shipped_model_is_kept() -> None:
    """For both tasks: where a cache holds fewer than a question goes through, each has gone before it comes again."""
    assert len(load_registry(bundled_registry())) * len(get_args(Task)) <= MOST_KEPT


def test_a_part_survives_pickling_and_copying() -> None:
    """With mappings and `x-` keys, whole."""
    sample = Sample.model_validate({"number": 4, "by_name": {"a": {"count": 2}}, "x-mine": {"deep": [1]}})

    assert pickle.loads(pickle.dumps(sample)) == sample == deepcopy(sample)
    assert pickle.loads(pickle.dumps(sample)).extensions == {"x-mine": {"deep": [1]}}


def test_extension_keys_are_kept_as_they_are() -> None:
    """Whatever stands at an `x-` key is kept, and a copy of it is handed out."""
    mine: dict[str, Any] = {"deep": [1, None, {"x": True}]}

    sample = Sample.model_validate({"x-mine": mine, "x-": 1})
    sample.extensions["x-mine"]["deep"].append("changed")

    assert sample.extensions == {"x-mine": {"deep": [1, None, {"x": True}]}, "x-": 1}


def test_known_gives_every_documented_key_as_plain_json() -> None:
    """Defaults are filled in, tuples are lists, `x-` keys are left out."""
    sample = Sample.model_validate({"words": ["a"], "by_name": {"a": {"count": 2, "x-b": 1}}, "x-mine": 1})

    assert sample.known() == {
        "text": "",
        "flag": False,
        "whole": 0,
        "number": 0,
        "words": ["a"],
        "inner": {"count": 1},
        "by_name": {"a": {"count": 2}},
    }


def test_what_known_gives_belongs_to_the_caller() -> None:
    """Editing it changes nothing for anybody else."""
    sample = Sample.model_validate({"words": ["a"]})

    given = sample.known()
    given["words"].append("b")
    given["inner"]["count"] = 5

    assert sample.known()["words"] == ["a"]
    assert sample.known()["inner"] == {"count": 1}
