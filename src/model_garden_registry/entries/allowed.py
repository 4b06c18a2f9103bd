"""Allowed values in words, made from a JSON schema."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_TYPES = {
    "integer": "an integer",
    "number": "a number",
    "string": "a text",
    "boolean": "true or false",
    "array": "a list of texts",
    "object": "an object",
    "null": "null",
}
#: "ge" is the name that pydantic leaves if a validator function comes first.
_BOUNDS = {"minimum": "≥", "ge": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}


def allowed_words(schema: Mapping[str, Any]) -> str:
    """Return what a schema allows, as half a sentence: ``an integer ≥ 1``, ``one of "linear", "cosine"``."""
    if "anyOf" in schema:
        return " or ".join(allowed_words(alternative) for alternative in schema["anyOf"])
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return "one of " + ", ".join("null" if value is None else f'"{value}"' for value in schema["enum"])
    if schema.get("type") == "array" and schema.get("items", {}).get("type") != "string":
        return "a list"
    kind = schema.get("type", "object" if "$ref" in schema else "")
    kinds = [kind] if isinstance(kind, str) else kind
    types = _TYPES | ({"array": "a list"} if schema.get("items", {}).get("type") != "string" else {})
    words = " or ".join(types.get(name, "a value") for name in kinds if name != "null" or kinds == ["null"])
    bounds = [f"{sign} {schema[keyword]:.15g}" for keyword, sign in _BOUNDS.items() if keyword in schema]
    bounded = " ".join([words, " and ".join(bounds)]) if bounds else words
    return f"{bounded} or null" if "null" in kinds[1:] else bounded
