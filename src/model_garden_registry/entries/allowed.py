"""What a value may be, in words made from its JSON schema."""

from __future__ import annotations

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
_BOUNDS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}


def allowed_words(schema: Mapping[str, Any]) -> str:
    """Say what a schema allows, as half a sentence: ``an integer ≥ 1``, ``one of "linear", "cosine"``."""
    if "anyOf" in schema:
        return " or ".join(allowed_words(alternative) for alternative in schema["anyOf"])
    if "const" in schema:
        return f'"{schema["const"]}"'
    if "enum" in schema:
        return "one of " + ", ".join("null" if value is None else f'"{value}"' for value in schema["enum"])
    kind = schema.get("type", "")
    words = " or ".join(_TYPES.get(name, "a value") for name in ([kind] if isinstance(kind, str) else kind))
    bounds = [f"{sign} {schema[keyword]:g}" for keyword, sign in _BOUNDS.items() if keyword in schema]
    return " ".join([words, " and ".join(bounds)]) if bounds else words
