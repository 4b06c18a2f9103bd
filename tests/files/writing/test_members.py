"""Values of a text replaced, members added: the rest stays, byte for byte."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.files.writing.members import (
    insert_member,
    insert_members,
    remove_member,
    replace_numbers,
    replace_value,
)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(b'{"a": {"b": 1.50}, "c": "1.50"}', b'{"a": {"b": 7}, "c": "1.50"}', id="in its place only"),
        pytest.param(
            b'\xef\xbb\xbf{"a":\r\n\t{"b":12}}\r\n', b'\xef\xbb\xbf{"a":\r\n\t{"b":7}}\r\n', id="marks and ends"
        ),
        pytest.param('{"é": 1, "a": {"b": 1e3 }}'.encode(), '{"é": 1, "a": {"b": 7 }}'.encode(), id="other letters"),
    ],
)
def test_one_number_is_another(before: bytes, after: bytes) -> None:
    """Everything around it is as it was."""
    assert replace_numbers(before, {("a", "b"): 7}) == after


def test_nothing_to_replace_leaves_everything() -> None:
    """Odd spacing included."""
    assert replace_numbers(b' { "a" :1}\n', {}) == b' { "a" :1}\n'


@given(
    numbers=st.dictionaries(st.text(max_size=3), st.integers(0, 10**6), min_size=1, max_size=8),
    indent=st.none() | st.integers(0, 4),
    data=st.data(),
)
def test_a_document_changes_where_it_is_told(numbers: dict[str, int], indent: int | None, data: Any) -> None:
    """Whatever its keys and its layout; several at once."""
    chosen = data.draw(st.dictionaries(st.sampled_from(sorted(numbers)), st.integers(0, 10**6)))
    written = replace_numbers(
        json.dumps({"x": numbers}, indent=indent).encode(), {("x", key): value for key, value in chosen.items()}
    )

    assert written == json.dumps({"x": {**numbers, **chosen}}, indent=indent).encode()


LINES = '{\n  "models": {\n    "a": {\n      "x": 1\n    }\n  }\n}\n'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            LINES,
            '{\n  "models": {\n    "a": {\n      "x": 1\n    },\n    "b": {\n      "é": [\n        1\n      ]\n    }\n'
            "  }\n}\n",
            id="lines",
        ),
        pytest.param(
            LINES.replace("\n", "\r\n"),
            '{\r\n  "models": {\r\n    "a": {\r\n      "x": 1\r\n    },\r\n    "b": {\r\n'
            '      "é": [\r\n        1\r\n      ]\r\n    }\r\n  }\r\n}\r\n',
            id="the line ends of Windows",
        ),
        pytest.param(
            '{"models":\n{\n\n\t"a" : 1.50\n}}',
            '{"models":\n{\n\n\t"a" : 1.50,\n\t"b" : {\n\t\t"é" : [\n\t\t\t1\n\t\t]\n\t}\n}}',
            id="tabs, blank lines, a blank before the colon",
        ),
        pytest.param('{"models": {"a": 1}}', '{"models": {"a": 1, "b": {"é": [1]}}}', id="one line"),
        pytest.param('{"models":{"z":0,"a":1}}', '{"models":{"z":0,"a":1,"b":{"é":[1]}}}', id="without blanks"),
        pytest.param('{"models":{"a":1}}', '{"models":{"a":1,"b":{"é":[1]}}}', id="without blanks, of one"),
        pytest.param('{"models": {}}', '{"models": {"b": {"é": [1]}}}', id="empty, one line"),
        pytest.param('{"models":{ }}', '{"models":{"b":{"é":[1]}}}', id="empty, without blanks"),
        pytest.param(
            '{\n  "models": {}\n}',
            '{\n  "models": {\n    "b": {\n      "é": [\n        1\n      ]\n    }\n  }\n}',
            id="empty, lines",
        ),
        pytest.param(
            '{\r\n"models": {\r\n}\r\n}',
            '{\r\n"models": {\r\n  "b": {\r\n    "é": [\r\n      1\r\n    ]\r\n  }\r\n}\r\n}',
            id="empty, lines without indentation",
        ),
        pytest.param('\ufeff{"models": {"a": 1}}', '\ufeff{"models": {"a": 1, "b": {"é": [1]}}}', id="a mark"),
    ],
)
def test_a_member_is_laid_out_like_the_others(before: str, after: str) -> None:
    """With the indentation, the line ends and the blanks of the text."""
    assert insert_member(before.encode(), ("models",), "b", {"é": [1]}).decode() == after


@given(
    members=st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=3), st.integers(), max_size=4),
    indent=st.none() | st.integers(1, 4) | st.just("\t"),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_a_text_of_a_program_stays_one(members: dict[str, int], indent: Any, end: str) -> None:
    """It is as if that program had written the member too."""

    def written(document: object) -> bytes:
        return json.dumps(document, indent=indent, ensure_ascii=False).replace("\n", end).encode()

    value = {"x": [1, {}, []], "y": {"z": "\n"}}
    made = insert_member(written({"a": {"b": members}}), ("a", "b"), "a new one", value)

    assert made == written({"a": {"b": {**members, "a new one": value}}})


@given(data=st.data())
def test_whatever_the_spelling_the_member_is_there(json_texts: Any, data: Any) -> None:
    """And nothing else is changed: what was added can be cut out again."""
    spelled = data.draw(json_texts)
    content = spelled.text.encode()

    made = insert_member(content, (), "a new one", {"b": [True]})

    assert list(json.loads(made).items()) == [*spelled.value.items(), ("a new one", {"b": [True]})]
    if spelled.value:
        end = content.rstrip(b" \t\r\n").removesuffix(b"}").rstrip(b" \t\r\n")
        assert made.startswith(end)
        assert made.endswith(content[len(end) :])
        assert len(made) > len(content)


@pytest.mark.parametrize("value", [float("nan"), "\ud800", {"\udfff": 1}], ids=["no number", "half a pair", "a key"])
def test_what_is_no_json_is_no_member(value: object) -> None:
    """A file with it could not be read again."""
    with pytest.raises(ValueError, match=r"JSON|surrogates"):
        insert_member(b"{}", (), "a", value)


def test_members_are_added_to_several_objects_at_once() -> None:
    """Each in the layout of its own; an object within another that grows too."""
    before = b'{"a": {\r\n\t"b": {},\r\n\t"c": 1.0\r\n}, "d": {"e":2}}'
    added: Any = {("a",): {"f": 3, "g": [4]}, ("a", "b"): {"h": 5, "i": 6}, ("d",): {"j": 7}}

    assert insert_members(before, added) == (
        b'{"a": {\r\n\t"b": {\r\n\t\t"h": 5,\r\n\t\t"i": 6\r\n\t},\r\n\t"c": 1.0,\r\n\t"f": 3,'
        b'\r\n\t"g": [\r\n\t\t4\r\n\t]\r\n}, "d": {"e":2,"j":7}}'
    )


def test_a_text_is_another() -> None:
    """Everything around it is as it was."""
    assert replace_value('\ufeff{"a" :\t"é" }'.encode(), ("a",), "ü") == '\ufeff{"a" :\t"ü" }'.encode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"a": {"k": 1}}', '{"a": {}}'),
        ('{"a": {\r\n  "k": 1\r\n}}', '{"a": {}}'),
        ('{"a": {"k": 1, "b": 2}}', '{"a": {"b": 2}}'),
        ('{"a": {"b": 2, "k": [1, {}]}}', '{"a": {"b": 2}}'),
        ('{"a": {"b": 2.50,\n\t"k": 1,\n\t"c": 3}}', '{"a": {"b": 2.50,\n\t"c": 3}}'),
        ('{"a": {\n  "k": 1,\n  "b": 2\n}}', '{"a": {\n  "b": 2\n}}'),
    ],
)
def test_a_member_is_removed_with_its_comma(before: str, after: str) -> None:
    assert remove_member(f"\ufeff{before}".encode(), ("a",), "k") == f"\ufeff{after}".encode()


@pytest.mark.parametrize("text", ['{"a": {}}', '{\n  "a": {\n    "b": 1\n  }\n}\n', '{"a":{"b":1,"c":2}}'])
def test_what_was_inserted_can_be_removed(text: str) -> None:
    """Both are each other's inverse."""
    assert remove_member(insert_member(text.encode(), ("a",), "k", {"x": [1]}), ("a",), "k") == text.encode()
