"""The generated schema: draft-07 that every validator and editor reads the same way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from model_garden_registry.entries.registry_schema import registry_schema, registry_schema_text

EVERY_KEY = Path(__file__).parents[1] / "registries/valid/every_key.json"


def nodes(schema: object) -> Iterator[dict[str, Any]]:
    """Give every node of a schema, itself first; what stands in examples and defaults is data."""
    if isinstance(schema, dict):
        yield schema
        for keyword, value in schema.items():
            if keyword in ("properties", "patternProperties", "definitions"):
                for node in value.values():
                    yield from nodes(node)
            elif keyword in ("items", "additionalProperties", "allOf", "anyOf"):
                for node in value if isinstance(value, list) else [value]:
                    yield from nodes(node)


def keys_in(value: object) -> set[str]:
    """Collect every key that stands anywhere in a document."""
    if isinstance(value, dict):
        return set(value) | {key for item in value.values() for key in keys_in(item)}
    return {key for item in value for key in keys_in(item)} if isinstance(value, list) else set()


def test_the_schema_is_draft_07_without_what_validators_read_differently() -> None:
    """No `format`, no `if`, nothing beside a `$ref`, no keyword of another draft or of pydantic's own."""
    keywords = {keyword for node in nodes(registry_schema()) for keyword in node}

    assert registry_schema()["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert keywords <= {
        *("$schema", "$ref", "title", "description", "definitions", "default", "examples"),
        *("type", "enum", "const", "allOf", "anyOf"),
        *("properties", "required", "additionalProperties", "patternProperties", "items"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "minItems", "pattern"),
    }
    assert [node for node in nodes(registry_schema()) if "$ref" in node and len(node) > 1] == []


def test_every_field_is_explained_with_an_example() -> None:
    """An editor shows what a key means and what may stand there."""
    fields = {
        name: field
        for node in nodes(registry_schema())
        for name, field in node.get("properties", {}).items()
        if not {"description", "examples"} <= set(field)
    }

    assert fields == {}


def test_every_object_refuses_keys_that_it_does_not_know() -> None:
    """But for `x-` keys, which belong to whoever writes the file."""
    objects = [node for node in nodes(registry_schema()) if "properties" in node]

    assert {json.dumps(node["patternProperties"]) for node in objects} == {'{"^x-": {}}'}
    assert {node["additionalProperties"] for node in objects} == {False}


def test_the_file_with_every_key_has_every_key() -> None:
    """What other tests call "every key of the format" is no less."""
    known = {name for node in nodes(registry_schema()) for name in node.get("properties", {})}

    assert known <= keys_in(json.loads(EVERY_KEY.read_bytes()))


def test_the_schema_is_a_fresh_dict() -> None:
    """Editing it changes nobody else's."""
    registry_schema()["definitions"].clear()

    assert "ModelInfo" in registry_schema()["definitions"]


def test_the_text_is_the_schema() -> None:
    """Readable, in UTF-8, with a line feed at the end."""
    text = registry_schema_text()

    assert json.loads(text) == registry_schema()
    assert text.startswith('{\n  "$schema"')
    assert text.endswith("}\n")
    assert "🎨" in text
