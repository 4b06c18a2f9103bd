"""Plain values as text of a Python program."""

from __future__ import annotations

import ast
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.dialects.training.huggingface.python_text import Code, call, literal

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(PLAIN)
def test_a_value_is_read_back_as_it_was(value: Any) -> None:
    """Whatever characters a text has: quotes, line breaks, surrogates, directions of writing."""
    text = literal(value)

    assert ast.literal_eval(text) == value
    assert text.isascii()
    assert "\n" not in text


@given(st.dictionaries(st.sampled_from("abcdef"), PLAIN))
def test_a_call_has_its_arguments_by_name(arguments: dict[str, Any]) -> None:
    """Each on a line of its own."""
    node = ast.parse(call("f", arguments).text, mode="eval").body

    assert isinstance(node, ast.Call)
    assert {word.arg: ast.literal_eval(word.value) for word in node.keywords} == arguments
    assert node.args == []


def test_names_and_calls_stand_within_calls() -> None:
    """A call of several lines is moved to the right."""
    text = call("f", {"model": Code("MODEL"), "g": call("g", {"a": 1}), "h": call("h", {})}).text

    assert text == "f(\n    model=MODEL,\n    g=g(\n        a=1,\n    ),\n    h=h(),\n)"
