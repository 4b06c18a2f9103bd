"""The OpenAPI document of the application, in words that every reader of JSON schemas knows."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from model_garden_registry.server.description.responses import OPERATIONS
from model_garden_registry.server.questions.validate_questions import QUESTIONS

#: pydantic leaves its own names for bounds behind a validator function.
_BOUNDS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}


def openapi_document(app: FastAPI) -> dict[str, Any]:
    """Give the document of an application's routes, with the body that the verdicts read themselves."""
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        routes=app.routes,
        separate_input_output_schemas=False,
    )
    for operation in [operation for methods in document["paths"].values() for operation in methods.values()]:
        _correct(operation)
    schemas = document["components"]["schemas"]
    schemas |= {kind.__name__: kind.model_json_schema() for kind in QUESTIONS.values()}
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    document["components"]["schemas"] = {name: _plain(schemas[name]) for name in sorted(schemas)}
    return document


def _correct(operation: dict[str, Any]) -> None:
    """Leave out refusals that cannot come, and put into examples what is null: the framework does the opposite."""
    described = OPERATIONS[operation["operationId"]]
    responses = {status: operation["responses"][str(status)] for status in described}
    for status, response in responses.items():
        if "content" in response:
            response["content"] = {
                kind: {**content, "example": described[status]["content"][kind]["example"]}
                for kind, content in response["content"].items()
            }
    operation["responses"] = {str(status): response for status, response in responses.items()}


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """Leave out titles, which repeat names, and that further keys may come, which clients take for "any key at all"."""
    plain = {_BOUNDS.get(keyword, keyword): value for keyword, value in schema.items() if keyword != "title"}
    if "properties" in plain:
        if plain.get("additionalProperties") is True:
            del plain["additionalProperties"]
        plain["properties"] = {name: _plain(field) for name, field in plain["properties"].items()}
    for keyword in ("items", "additionalProperties"):
        if isinstance(plain.get(keyword), dict):
            plain[keyword] = _plain(plain[keyword])
    if "anyOf" in plain:
        plain["anyOf"] = [_plain(alternative) for alternative in plain["anyOf"]]
    return plain
