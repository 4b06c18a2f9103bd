"""The OpenAPI document of the application, with keywords that every reader of JSON schemas knows."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from model_garden_registry.payloads.json_schema import plain_schema
from model_garden_registry.server.description.responses import BODY_TYPES, OPERATIONS


def openapi_document(app: FastAPI) -> dict[str, Any]:
    """Return the document of an application's routes, with the bodies that the routes read themselves."""
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
    schemas |= {kind.__name__: kind.model_json_schema() for kind in BODY_TYPES.values()}
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    document["components"]["schemas"] = {name: plain_schema(schemas[name]) for name in sorted(schemas)}
    for kind in BODY_TYPES.values():
        document["components"]["schemas"][kind.__name__]["additionalProperties"] = False
    return document


def _correct(operation: dict[str, Any]) -> None:
    """Remove responses that cannot occur, and add nulls to examples: the framework does the opposite."""
    described = OPERATIONS[operation["operationId"]]
    responses = {status: operation["responses"][str(status)] for status in described}
    for status, response in responses.items():
        if "content" in response:
            response["content"] = {
                kind: {**content, "example": described[status]["content"][kind]["example"]}
                for kind, content in response["content"].items()
            }
    operation["responses"] = {str(status): response for status, response in responses.items()}
