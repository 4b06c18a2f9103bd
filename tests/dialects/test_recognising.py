"""Whose file a text is."""

from __future__ import annotations

from dataclasses import replace

from model_garden_registry.dialects.dialect import Dialect
from model_garden_registry.dialects.recognising import dialect_of


def test_a_file_has_a_mark_of_its_tool_and_most_of_its_words(weaver: Dialect) -> None:
    """Of several tools with marks there, the one that knows more keys is taken; without a mark, none."""
    other = replace(weaver, marks=frozenset({"rows", "shuttle"}))

    assert dialect_of(["rate", "log_to"], [weaver]) is None
    assert dialect_of(["rows", "odd"], [weaver]) is weaver
    assert dialect_of(["rows", "shuttle"], [weaver, other]) is weaver
    assert dialect_of(["shuttle"], [weaver, other]) is other
    assert dialect_of([], [weaver]) is None
