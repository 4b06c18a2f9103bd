"""Line and column of things in JSON text."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.files.positions import (
    DuplicateKey,
    Places,
    Position,
    duplicate_keys,
    locate,
    numbers,
    pointer_segments,
    pointer_text,
    position_of,
)


@pytest.mark.parametrize(
    ("text", "offset", "position"),
    [
        pytest.param("", 0, Position(1, 1), id="the beginning of nothing"),
        pytest.param("ab", 0, Position(1, 1), id="the first character"),
        pytest.param("ab", 1, Position(1, 2), id="the second"),
        pytest.param("ab", 2, Position(1, 3), id="the end"),
        pytest.param("a\nb", 1, Position(1, 2), id="a line feed is the last of its line"),
        pytest.param("a\nb", 2, Position(2, 1), id="behind it a line begins"),
        pytest.param("a\r\nb", 3, Position(2, 1), id="as Windows ends lines"),
        pytest.param("é🦉x", 2, Position(1, 3), id="a character is one column, whatever its bytes"),
    ],
)
def test_lines_and_columns_count_from_one_in_characters(text: str, offset: int, position: Position) -> None:
    """As editors show them."""
    assert position_of(text, offset) == position


@pytest.mark.parametrize(
    ("segments", "pointer"),
    [
        pytest.param([], "", id="the whole document"),
        pytest.param(["models", "a/b"], "/models/a~1b", id="a slash"),
        pytest.param(["~", "~1"], "/~0/~01", id="a tilde"),
        pytest.param(["tags", 0], "/tags/0", id="an index"),
        pytest.param([""], "/", id="an empty key"),
    ],
)
def test_a_pointer_is_written_as_rfc_6901_has_it(segments: list[str | int], pointer: str) -> None:
    """Slash and tilde are escaped."""
    assert pointer_text(segments) == pointer


@given(st.lists(st.text()))
def test_a_pointer_reads_back(segments: list[str]) -> None:
    """Whatever the keys are."""
    assert pointer_segments(pointer_text(segments)) == tuple(segments)


@given(st.data())
def test_every_pointer_is_found(json_texts: st.SearchStrategy[Any], data: st.DataObject) -> None:
    """At its key or item, whatever the spelling; asked one by one or together."""
    written = data.draw(json_texts)
    together = Places(written.text)

    for path, place in written.places.items():
        expected = Position(place.line, place.column)
        assert locate(written.text, path) == expected
        assert locate(written.text, pointer_segments(pointer_text(path))) == expected
        assert together.locate(path) == expected


@given(st.data(), st.text())
def test_what_is_not_there_is_found_as_far_as_it_goes(
    json_texts: st.SearchStrategy[Any], data: st.DataObject, name: str
) -> None:
    """A missing key is where the object is that lacks it."""
    written = data.draw(json_texts)
    path = data.draw(st.sampled_from(list(written.places)))
    place = written.places[path]

    missing = (*path, f"{name} is not there", 0)

    assert locate(written.text, missing) == Position(place.line, place.column)


@given(st.data())
def test_a_text_without_twins_has_no_duplicate_key(json_texts: st.SearchStrategy[Any], data: st.DataObject) -> None:
    """Equal keys in different objects, and keys that are texts elsewhere, are none."""
    assert list(duplicate_keys(data.draw(json_texts).text)) == []


@given(st.data())
def test_a_twin_is_found_with_both_places(json_texts_with_a_twin: st.SearchStrategy[Any], data: st.DataObject) -> None:
    """However deep, and however differently the two are spelt."""
    written = data.draw(json_texts_with_a_twin)
    key, first, again = written.planted

    assert list(duplicate_keys(written.text)) == [
        DuplicateKey(key, Position(first.line, first.column), Position(again.line, again.column))
    ]


def test_every_twin_is_found_in_file_order() -> None:
    """Of three equal keys, the second and the third, each with the one before."""
    text = '{"a": 1, "b": {"c": 1, "c": 2},\n "a": 2, "a": 3}'

    assert list(duplicate_keys(text)) == [
        DuplicateKey("c", Position(1, 16), Position(1, 24)),
        DuplicateKey("a", Position(1, 2), Position(2, 2)),
        DuplicateKey("a", Position(2, 2), Position(2, 10)),
    ]


def test_numbers_are_found_as_written() -> None:
    """What looks like a number in a text is none."""
    text = '{"1": "2 \\" 3",\n "a": [-4, 5.0e+6, 7E-8], "é": 10}'

    assert [(number, position_of(text, offset)) for number, offset in numbers(text)] == [
        ("-4", Position(2, 8)),
        ("5.0e+6", Position(2, 12)),
        ("7E-8", Position(2, 20)),
        ("10", Position(2, 32)),
    ]


def test_a_value_begins_and_ends_where_it_is_written() -> None:
    """Without the space around it."""
    text = '{"a": [1, {"b" :  12.50 }]}'
    start, end = Places(text).span(("a", 1, "b"))

    assert text[start:end] == "12.50"
