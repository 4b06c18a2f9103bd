"""Types and bounds of values, in words."""

from __future__ import annotations

from typing import Any

import pytest

from model_garden_registry.page.elements import fragment
from model_garden_registry.page.reference.described_types import limits, type_words

LINK = '<a href="#schema-Model%20%3CRow%3E">Model &lt;Row&gt;</a>'
NAMED = {"$ref": "#/components/schemas/Model <Row>"}


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        pytest.param({"type": "string"}, "string", id="plain"),
        pytest.param({}, "any value", id="anything"),
        pytest.param({"type": "object"}, "object", id="an object"),
        pytest.param({"type": "object", "additionalProperties": True}, "object", id="an open object"),
        pytest.param(NAMED, LINK, id="named"),
        pytest.param({"const": True, "type": "boolean"}, "<code>true</code>", id="one value"),
        pytest.param({"enum": ["a", 1]}, "<code>&quot;a&quot;</code> or <code>1</code>", id="some values"),
        pytest.param({"anyOf": [NAMED, {"type": "null"}]}, f"{LINK} or null", id="alternatives"),
        pytest.param({"type": "array", "items": {"type": "integer"}}, "list of integer", id="a list"),
        pytest.param({"type": "array"}, "list of any value", id="a list of anything"),
        pytest.param({"type": "object", "additionalProperties": NAMED}, f"object, each value {LINK}", id="by key"),
    ],
)
def test_types_are_words(schema: dict[str, Any], words: str) -> None:
    """The name of an object leads to its section."""
    assert fragment(type_words(schema)) == words


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        pytest.param({"minimum": 1, "maximum": 1024}, "1 to 1,024", id="range"),
        pytest.param({"minimum": 0}, "at least 0", id="at least"),
        pytest.param({"maxItems": 20}, "at most 20 items", id="at most"),
        pytest.param({"exclusiveMinimum": 0, "exclusiveMaximum": 1}, "more than 0; less than 1", id="exclusive"),
        pytest.param(
            {"anyOf": [{"minLength": 1, "maxLength": 200}, {"type": "null"}]}, "1 to 200 characters", id="inside"
        ),
        pytest.param({"pattern": "[a-z]<"}, "matches <code>[a-z]&lt;</code>", id="pattern"),
        pytest.param({"default": False}, "default <code>false</code>", id="default"),
        pytest.param({"examples": [24, 80]}, "such as <code>24</code>", id="example"),
    ],
)
def test_limits_are_words(schema: dict[str, Any], words: str) -> None:
    """Each bound, the default and an example."""
    assert fragment(limits(schema)) == words


def test_what_tells_nothing_is_left_out() -> None:
    """No bound, a default of null, and a pattern that only a program reads."""
    assert limits({"type": "string", "default": None, "examples": [], "pattern": "x" * 50}) is None
