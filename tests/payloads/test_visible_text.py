"""What cannot be seen is written as an escape."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.payloads.visible_text import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("\x1b[2J", "\\x1b[2J", id="a terminal's escape"),
        pytest.param("a\nb\rc\td", "a\\nb\\rc\\td", id="line ends and tabs"),
        pytest.param("\x9b31m", "\\x9b31m", id="the one-byte escape"),
        pytest.param("\u202egnp.exe", "\\u202egnp.exe", id="reversed text"),
        pytest.param("\ud800", "\\ud800", id="half a character"),
        pytest.param("Größe 🎨", "Größe 🎨", id="what is seen stays"),
    ],
)
def test_what_cannot_be_seen_is_escaped(text: str, shown: str) -> None:
    """Control characters, half characters and reordering marks become text; the rest stays."""
    assert visible(text) == shown


def test_characters_to_keep_stay() -> None:
    """Only what is named is kept."""
    assert visible("a\nb\x1b", keep="\n") == "a\nb\\x1b"


@given(st.text(alphabet=st.characters()))
def test_visible_text_stays_as_it_is(text: str) -> None:
    """Making text visible twice is making it visible once."""
    once = visible(text)

    assert visible(once) == once
