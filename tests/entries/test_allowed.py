"""What a value may be, said in words."""

from __future__ import annotations

from typing import Any

import pytest

from model_garden_registry.entries.allowed import allowed_words


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        pytest.param({"type": "integer", "minimum": 1}, "an integer ≥ 1", id="a lower bound"),
        pytest.param(
            {"type": "number", "minimum": 0, "exclusiveMaximum": 1}, "a number ≥ 0 and < 1", id="bounds on both sides"
        ),
        pytest.param({"type": "number", "maximum": 0.5}, "a number ≤ 0.5", id="an upper bound"),
        pytest.param({"type": "number", "exclusiveMinimum": 0}, "a number > 0", id="an open bound"),
        pytest.param({"type": "string"}, "a text", id="text"),
        pytest.param({"type": "boolean"}, "true or false", id="boolean"),
        pytest.param({"type": "object"}, "an object", id="object"),
        pytest.param({"$ref": "#/definitions/Urls"}, "an object", id="a reference"),
        pytest.param({"type": "null"}, "null", id="null alone"),
        pytest.param({"type": "array", "items": {"type": "string"}}, "a list of texts", id="a list of texts"),
        pytest.param({"type": "array", "items": {"$ref": "#/x"}}, "a list", id="a list of anything"),
        pytest.param({"type": ["integer", "null"], "minimum": 1}, "an integer ≥ 1 or null", id="null beside a type"),
        pytest.param({"type": ["string", "number"]}, "a text or a number", id="two types"),
        pytest.param({"enum": ["a", "b"]}, 'one of "a", "b"', id="a closed list"),
        pytest.param(
            {"type": ["string", "null"], "enum": ["a", None]}, 'one of "a", null', id="a closed list with null"
        ),
        pytest.param({"const": "all-linear"}, '"all-linear"', id="one text"),
        pytest.param({"const": 0}, "0", id="one number"),
        pytest.param({"type": "number", "maximum": 10**6}, "a number ≤ 1000000", id="a large bound"),
        pytest.param(
            {"anyOf": [{"type": "array", "items": {"type": "string"}}, {"const": "all-linear"}]},
            'a list of texts or "all-linear"',
            id="alternatives",
        ),
        pytest.param({"anyOf": [{"type": "integer", "ge": 1}, {"type": "null"}]}, "an integer ≥ 1 or null", id="ge"),
        pytest.param({}, "a value", id="anything"),
    ],
)
def test_a_schema_is_half_a_sentence(schema: dict[str, Any], words: str) -> None:
    """It goes behind "should be"."""
    assert allowed_words(schema) == words
