"""Characters know where they stand, whatever they went through."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.dialects.texts.placed import Lines, Placed, joined


@pytest.mark.parametrize(
    ("text", "read", "offsets"),
    [
        pytest.param("a\nb", "a\nb", [0, 1, 2, 3], id="Unix"),
        pytest.param("a\r\nb\r\n", "a\nb\n", [0, 1, 3, 4, 6], id="Windows"),
        pytest.param("a\rb", "a\nb", [0, 1, 2, 3], id="old Macintosh"),
        pytest.param("", "", [0], id="nothing"),
    ],
)
def test_line_ends_become_one_kind(text: str, read: str, offsets: list[int]) -> None:
    """Offsets remain those of the file."""
    placed = Placed.whole(text)

    assert (placed.text, list(placed.offsets)) == (read, offsets)


def test_parts_keep_their_places() -> None:
    """A part, joined with another, stands in two places."""
    whole = Placed.whole("model=8B")
    both = joined((whole.part(6, 8), whole.part(0, 5)))

    assert (both.text, list(both.offsets), both.start) == ("8Bmodel", [6, 7, 0, 1, 2, 3, 4, 5], 6)


def test_an_empty_text_stands_where_its_first_part_does() -> None:
    """Also where it is made of several parts."""
    whole = Placed.whole("a''b")

    assert joined((whole.part(2, 2), whole.part(4, 4))) == Placed("", [2])


def test_a_text_is_known_where_all_of_it_is() -> None:
    """One unknown part is enough."""
    whole = Placed.whole("ab")

    assert not joined((whole.part(0, 1), Placed("$X", [1, 1, 1], is_known=False))).is_known


@given(st.text("ab\r\n🦉", max_size=20))
def test_lines_are_those_of_an_editor(text: str) -> None:
    """Line and column of each character count its line ends, of every kind."""
    lines = Lines(text)
    before = [text[:offset].replace("\r\n", "\n").replace("\r", "\n") for offset in range(len(text))]
    counted = [(head.count("\n") + 1, len(head) - head.rfind("\n")) for head in before]
    within = {offset for offset in range(1, len(text)) if text[offset - 1 : offset + 1] == "\r\n"}

    assert [lines.position(offset) for offset in range(len(text)) if offset not in within] == [
        place for offset, place in enumerate(counted) if offset not in within
    ]
