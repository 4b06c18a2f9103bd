"""The JSON schema of the format, generated from the models: draft-07 that all validators read the same way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import to_json

from model_garden_registry.entries.envelope import Envelope
from model_garden_registry.entries.format_version import EXTENDS
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


def overlay_schema() -> dict[str, Any]:
    """
    Return the schema of an overlay as a fresh dict: that of a registry file with every key optional.

    Items of lists stay whole, since an overlay replaces lists.
    """
    schema = registry_schema()
    definitions = schema["definitions"]
    head = {key: value for key, value in schema.items() if key != "definitions"}
    in_lists = set(_reached(head, definitions, in_list=False))
    entry = schema["properties"]["models"]["additionalProperties"]
    schema["properties"]["models"]["additionalProperties"] = {"anyOf": [entry, {"type": "null"}]}
    schema["properties"]["models"]["description"] = (
        "What differs from the entries below, by id; null removes an entry. New ids follow the others."
    )
    schema["properties"][EXTENDS] |= {"const": True}
    optional = {name: node if name in in_lists else _optional(node) for name, node in definitions.items()}
    return {
        **_optional({key: value for key, value in schema.items() if key != "definitions"}),
        "title": "Models registry overlay",
        "description": "What differs from the registry below: every key is optional.",
        "required": [EXTENDS],
        "definitions": optional,
    }


def registry_schema_text() -> str:
    """Return the text of ``models_registry.schema.json``."""
    return _text(registry_schema())


def overlay_schema_text() -> str:
    """Return the text of ``models_registry_overlay.schema.json``."""
    return _text(overlay_schema())


def _text(schema: Mapping[str, Any]) -> str:
    return to_json(schema, indent=2).decode() + "\n"  # numbers as the command line writes them


def _reached(node: Any, definitions: Mapping[str, Any], *, in_list: bool) -> Iterator[str]:
    """Yield the definitions that items of lists consist of."""
    if isinstance(node, list):
        for part in node:
            yield from _reached(part, definitions, in_list=in_list)
    elif isinstance(node, dict):
        for keyword, part in node.items():
            if keyword == "$ref":
                name = part.rpartition("/")[2]
                yield from [name] if in_list else []
                yield from _reached(definitions[name], definitions, in_list=in_list)
            elif keyword not in ("examples", "default"):
                yield from _reached(part, definitions, in_list=in_list or keyword == "items")


def _optional(node: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of an object of which any part may be stated."""
    fields = {name: {k: v for k, v in field.items() if k != "default"} for name, field in node["properties"].items()}
    return {**{key: value for key, value in node.items() if key != "required"}, "properties": fields}


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
