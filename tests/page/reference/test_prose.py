"""Texts and examples of the reference."""

from __future__ import annotations

import pytest

from model_garden_registry.page.reference.prose import code, example, paragraph, prose, separated


@pytest.mark.parametrize(
    ("text", "html"),
    [
        pytest.param("Plain.", "Plain.", id="plain"),
        pytest.param("As `mgr <x>` does.", "As <code>mgr &lt;x&gt;</code> does.", id="code"),
        pytest.param("One ` alone & more", "One ` alone &amp; more", id="a backtick alone"),
        pytest.param("In two\n    lines.", "In two lines.", id="lines"),
    ],
)
def test_backticks_are_code(text: str, html: str) -> None:
    """Everything is escaped, and blanks are one."""
    assert prose(text) == html


def test_a_text_that_is_not_there_is_no_paragraph() -> None:
    """Neither None nor an empty one."""
    assert [paragraph(text) for text in (None, "", "x")] == [None, None, "<p>x</p>"]


def test_values_are_shown_as_json() -> None:
    """In a line, or opened at a click, with its lines; what nobody sees is an escape."""
    assert code({"a": "<"}) == "<code>{&quot;a&quot;: &quot;&lt;&quot;}</code>"
    assert example("Body", ["\u202e"]) == (
        '<details><summary>Body</summary><pre tabindex="0"><code>[\n  &quot;\\u202e&quot;\n]</code></pre></details>'
    )


def test_separators_stand_between() -> None:
    """And nowhere else."""
    assert [*separated(iter("abc"), ", ")] == ["a", ", ", "b", ", ", "c"]
    assert [*separated(iter(()), ", ")] == []
