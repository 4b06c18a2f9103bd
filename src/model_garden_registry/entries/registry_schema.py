"""The JSON schema of the format, generated from the models: draft-07 that all validators read the same way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import to_json

from model_garden_registry.entries.envelope import Envelope
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.part import EXTENSION_PATTERN

_DRAFT = "http://json-schema.org/draft-07/schema#"


class RegistryDocument(Envelope):
    """All models of the registry, by id."""

    models: Mapping[str, ModelInfo] = Field(
        description="Entries by id; their order matters: user interfaces preselect the first.", examples=[{}]
    )


class _Draft07(GenerateJsonSchema):
    schema_dialect = _DRAFT


def registry_schema() -> dict[str, Any]:
    """Return the schema of a registry file as a fresh dict."""
    schema = RegistryDocument.model_json_schema(
        by_alias=True, ref_template="#/definitions/{model}", schema_generator=_Draft07
    )
    definitions = {name: _rewrite(node) for name, node in sorted(schema.pop("$defs").items())}
    return {
        "$schema": _DRAFT,
        "title": "Models registry",
        **_rewrite(schema),
        "definitions": definitions,
    }


def registry_schema_text() -> str:
    """Return the text of ``models_registry.schema.json``."""
    return to_json(registry_schema(), indent=2).decode() + "\n"  # numbers as the command line writes them


#: pydantic leaves its own names for bounds if a validator function comes first.
_BOUNDS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
_ORDER = ("$schema", "title", "description", "type", "enum", "const", "required", "properties", "patternProperties")


def _rewrite(node: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema node in the form that all validators and editors share."""
    schema = {_BOUNDS.get(keyword, keyword): value for keyword, value in node.items() if keyword != "title"}
    if "properties" in schema:
        schema["properties"] = {name: _rewrite(field) for name, field in schema["properties"].items()}
        schema |= {"additionalProperties": False, "patternProperties": {EXTENSION_PATTERN: {}}}
    elif isinstance(schema.get("additionalProperties"), dict):
        schema["additionalProperties"] = _rewrite(schema["additionalProperties"])
    if "items" in schema:
        schema["items"] = _rewrite(schema["items"])
    if "anyOf" in schema:
        schema |= _merge_null([_rewrite(alternative) for alternative in schema.pop("anyOf")])
    if "$ref" in schema and len(schema) > 1:  # draft-07 ignores keys beside a $ref
        schema["allOf"] = [{"$ref": schema.pop("$ref")}]
    return dict(sorted(schema.items(), key=lambda item: _ORDER.index(item[0]) if item[0] in _ORDER else len(_ORDER)))


def _merge_null(alternatives: list[dict[str, Any]]) -> dict[str, Any]:
    """Return "this or null" as one node with two types, which editors show as one field."""
    match alternatives:
        case [{"type": str(kind)} as schema, {"type": "null"}]:
            values = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
            return {**schema, "type": [kind, "null"], **values}
    return {"anyOf": alternatives}
