"""Types as JSON schemas, with keywords that every reader knows, and open for future keys."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

#: pydantic leaves its own names of bounds next to a validator function.
_BOUNDS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}


def document_schema(name: str, shape: Any) -> dict[str, Any]:
    """
    Return the JSON schema (draft 2020-12) of a document.

    Args:
        name: Its format, such as ``mgr.list/1``.

        shape: Its type.
    """
    schema = TypeAdapter(shape).json_schema()
    definitions = {key: plain_schema(value) for key, value in sorted(schema.pop("$defs", {}).items())}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": name,
        **plain_schema(schema),
        "$defs": definitions,
    }


def plain_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """
    Return a schema without titles, which repeat names, and without a rule for unknown keys.

    The next release may add keys, so that no object is closed, except one without any key.
    """
    plain = {_BOUNDS.get(keyword, keyword): value for keyword, value in schema.items() if keyword != "title"}
    if properties := plain.get("properties"):
        if isinstance(plain.get("additionalProperties"), bool):
            del plain["additionalProperties"]
        plain["properties"] = {name: plain_schema(field) for name, field in properties.items()}
    for keyword in ("items", "additionalProperties"):
        if isinstance(plain.get(keyword), dict):
            plain[keyword] = plain_schema(plain[keyword])
    if "anyOf" in plain:
        plain["anyOf"] = [plain_schema(alternative) for alternative in plain["anyOf"]]
    return plain
