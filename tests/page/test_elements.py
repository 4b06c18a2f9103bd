"""HTML elements: whatever a text contains, it stays a text."""

from __future__ import annotations

import pytest

from model_garden_registry.page.elements import Html, element, fragment, link


def test_texts_are_escaped_and_elements_are_not() -> None:
    """In contents and in attributes."""
    made = element("p", "<b>&", element("i", "x"), title="\"'<>&")

    assert made == '<p title="&quot;&#x27;&lt;&gt;&amp;">&lt;b&gt;&amp;<i>x</i></p>'


def test_invisible_characters_are_shown() -> None:
    """A text cannot turn the rest of the page around; an attribute keeps what it must be equal to."""
    assert element("p", "a\u202eb", data_id="a\u202eb") == '<p data-id="a\u202eb">a\\u202eb</p>'


def test_classes_follow_the_name_and_attributes_take_python_names() -> None:
    """A reserved word has a further underscore; True is no value, False and None leave the attribute out."""
    made = element("label.a.b", for_="x", aria_label="y", hidden=True, title=None, lang=False, tabindex=0)

    assert made == '<label class="a b" for="x" aria-label="y" hidden tabindex="0"></label>'


def test_empty_elements_have_no_end() -> None:
    """As HTML has it."""
    assert element("input", type="search") == '<input type="search">'


def test_contents_may_be_nested_and_missing() -> None:
    """Lists in lists; None is nothing."""
    assert fragment("a", ["b", [None, Html("<i>")]], None) == "ab<i>"


@pytest.mark.parametrize("address", ["https://a.example/?x=1&y", "HTTP://a.example"])
def test_a_link_leads_to_the_web(address: str) -> None:
    """With its address escaped."""
    shown = address.replace("&", "&amp;")

    assert link("t", address) == f'<a href="{shown}" rel="noopener noreferrer">t</a>'


@pytest.mark.parametrize("address", [None, "javascript:alert(1)", " https://a.example", "data:text/html,x", "/here"])
def test_any_other_address_is_no_link(address: str | None) -> None:
    """The text alone stays."""
    assert link("<t>", address) == "&lt;t&gt;"
