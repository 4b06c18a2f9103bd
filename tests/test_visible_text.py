"""What cannot be seen is written as an escape."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.visible_text import found_words, shown_value, visible

#: What nobody sees, or what a terminal acts on.
MARKS_BY_KIND = {
    "C0 controls": (range(0x20),),
    "DEL and C1 controls": (range(0x7F, 0xA0),),
    "reordering": (range(0x61C, 0x61D), range(0x200E, 0x2010), range(0x202A, 0x202F), range(0x2066, 0x206A)),
    "line ends": (range(0x2028, 0x202A),),
    "no width": (range(0xAD, 0xAE), range(0x200B, 0x200C), range(0x2060, 0x2061), range(0xFEFF, 0xFF00)),
    "joiners": (range(0x34F, 0x350), range(0x200C, 0x200E)),
    "blank letters": (
        *(range(0x115F, 0x1161), range(0x17B4, 0x17B6), range(0x180E, 0x180F)),
        *(range(0x2800, 0x2801), range(0x3164, 0x3165), range(0xFFA0, 0xFFA1)),
    ),
    "selectors of a variant": (range(0x180B, 0x180E), range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0)),
    "notes between lines": (range(0xFFF9, 0xFFFC),),
    "unused, and to be left out": (range(0x2061, 0x2070), range(0xFFF0, 0xFFF9), range(0x1D173, 0x1D17B)),
    "half characters": (range(0xD800, 0xE000),),
    "no characters": (range(0xFFFE, 0x10000),),
    "tags": (range(0xE0000, 0xE0080),),
}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("\x1b[2J", "\\x1b[2J", id="a terminal's escape"),
        pytest.param("a\nb\rc\td", "a\\nb\\rc\\td", id="line ends and tabs"),
        pytest.param("\x9b31m", "\\x9b31m", id="the one-byte escape"),
        pytest.param("\u202egnp.exe", "\\u202egnp.exe", id="reversed text"),
        pytest.param("a\U000e0041", "a\\U000e0041", id="a tag"),
        pytest.param("\ud800", "\\ud800", id="half a character"),
        pytest.param("Größe 🎨", "Größe 🎨", id="what is seen stays"),
    ],
)
def test_what_cannot_be_seen_is_escaped(text: str, shown: str) -> None:
    """Control characters, half characters and reordering marks become text; the rest stays."""
    assert visible(text) == shown


@pytest.mark.parametrize("ranges", MARKS_BY_KIND.values(), ids=MARKS_BY_KIND)
def test_every_mark_is_escaped(ranges: tuple[range, ...]) -> None:
    """Each code point becomes a backslash and what stands for it."""
    marks = [chr(number) for span in ranges for number in span]

    shown = [visible(mark) for mark in marks]

    assert [text.encode().decode("unicode_escape") for text in shown] == marks
    assert [text[0] for text in shown] == ["\\"] * len(marks)


def test_characters_to_keep_stay() -> None:
    """Only what is named is kept."""
    assert visible("a\nb\x1b", keep="\n") == "a\nb\\x1b"


@given(st.text(alphabet=st.characters()))
def test_visible_text_stays_as_it_is(text: str) -> None:
    """Making text visible twice is making it visible once."""
    once = visible(text)

    assert visible(once) == once


def nested(depth: int) -> list[object]:
    value: list[object] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param("a\n", r"'a\n'", id="a text"),
        pytest.param("\U000e01b0", r"'\U000e01b0'", id="a mark that nobody sees and Python writes out"),
        pytest.param("x" * 78, f"'{'x' * 78}'", id="eighty characters"),
        pytest.param("x" * 79, f"'{'x' * 78}…", id="eighty-one characters"),
        pytest.param(10**5000, "a very long number", id="an integer that Python does not write out"),
        pytest.param(nested(100_000), "a deeply nested value", id="lists within lists"),
    ],
)
def test_every_value_is_shown_somehow(value: object, shown: str) -> None:
    """As Python writes it, as long as it fits into a sentence."""
    assert shown_value(value) == shown


@pytest.mark.parametrize(
    ("value", "words"),
    [
        pytest.param({"a": [None, True, 1.5]}, '{"a": [null, true, 1.5]}', id="an object"),
        pytest.param("ä\u202e", r'"\u00e4\u202e"', id="letters beyond ASCII"),
        pytest.param("x" * 58, f'"{"x" * 58}"', id="sixty characters"),
        pytest.param("x" * 59, f'"{"x" * 58}…', id="sixty-one characters"),
        pytest.param({1, 2}, '"{1, 2}"', id="what JSON has not"),
    ],
)
def test_what_was_found_is_shown_as_json(value: object, words: str) -> None:
    """In ASCII, cut where a sentence would get too long."""
    assert found_words(value) == words


def test_nothing_is_left_that_shows_nothing() -> None:
    """Every character that Unicode calls a format character is written as an escape, but for one that is drawn."""
    unseen = [
        chr(number) for number in range(0x110000) if unicodedata.category(chr(number)) in ("Cc", "Cf", "Zl", "Zp")
    ]
    drawn = {name for name in unseen if visible(name) == name}

    assert {unicodedata.bidirectional(one) for one in drawn} <= {"AN", "AL", "L"}
