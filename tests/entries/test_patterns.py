"""Patterns of texts in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from model_garden_registry.entries.patterns import pattern_words, unreal_date
from model_garden_registry.entries.registry_schema import overlay_schema, registry_schema


def patterns_in(node: Any) -> Iterator[str]:
    """Yield the patterns of a schema at any depth."""
    if isinstance(node, dict):
        yield from (value for key, value in node.items() if key == "pattern" and isinstance(value, str))
        node = [*node.values()]
    for value in node if isinstance(node, list) else ():
        yield from patterns_in(value)


@pytest.mark.parametrize("pattern", sorted({*patterns_in(registry_schema()), *patterns_in(overlay_schema())}))
def test_every_pattern_of_the_format_has_words_with_examples_that_match(pattern: str) -> None:
    """Nobody has to read an expression."""
    words, _, examples = pattern_words(pattern).partition(", such as ")

    assert re.match("an? |two ", words)
    assert pattern not in words
    assert all(re.search(pattern, example) for example in re.split(r", | or ", examples))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("2026-02", ""),
        ("2024-02-29", ""),
        ("2026-02-29", "2026-02-29 is not a real date: day is out of range for month"),
    ],
)
def test_a_date_that_matches_may_still_not_be_in_the_calendar(text: str, problem: str) -> None:
    """A pattern knows nothing of leap years."""
    assert unreal_date(text) == problem


def test_a_pattern_of_another_schema_has_its_own_example() -> None:
    """Without one, the pattern itself has to do."""
    assert pattern_words("^a+$", ["aa"]) == "a text such as aa"
    assert pattern_words("^a+$") == "a text that matches ^a+$"
