"""The responses of each route, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from model_garden_registry.server.description import examples
from model_garden_registry.server.description.replies import (
    Failure,
    ReadyReply,
    Refusal,
    UnknownModelFailure,
    WrongKeyReply,
    WrongRequest,
)
from model_garden_registry.server.questions.asked import Question

Responses = dict[int | str, dict[str, Any]]


def _response(description: str, example: object, model: object = None) -> dict[str, Any]:
    described: dict[str, Any] = {"description": description, "content": {"application/json": {"example": example}}}
    return described if model is None else {**described, "model": model}


_UNCHANGED: dict[str, Any] = {"description": "Nothing has changed since the reply with the ETag in `If-None-Match`."}
_NO_REGISTRY = _response("The registry, or the entry, cannot be read.", examples.NO_REGISTRY, Failure)
_WRONG_QUERY = _response(
    "A key or a value of the query is not valid, or a GPU does not exist.",
    examples.WRONG_QUERY,
    Failure | WrongKeyReply | WrongRequest,
)
#: Of a route without any key.
_WRONG_KEY = _response("The query has a key.", examples.WRONG_KEY, WrongKeyReply)
_LONG_HEAD = _response("The head of the request has more than 16,384 bytes.", examples.LONG_HEAD, Refusal)
_OTHER_HOST = _response("The request is for another host.", examples.OTHER_HOST, Refusal)

_VERDICT: Responses = {
    200: _response("The verdict, whatever it is; also for an unknown model.", examples.VERDICT),
    400: _response("The request names no model.", examples.MISSING_ID, Refusal),
    408: _response("The body took too long.", examples.TOO_SLOW, Refusal),
    413: _response("The body is too long.", examples.TOO_LARGE, Refusal),
    415: _response("The content type of the body is not JSON.", examples.NO_JSON, Refusal),
    421: _OTHER_HOST,
    422: _response(
        "The body is not such an object, or a key, a setting or a GPU does not exist.",
        examples.WRONG_SETTING,
        Failure | WrongKeyReply | WrongRequest,
    ),
    431: _LONG_HEAD,
    503: _NO_REGISTRY,
}

#: By the name of the operation.
OPERATIONS: dict[str, Responses] = {
    "list_models": {
        200: _response("The models that match.", examples.MODELS),
        304: _UNCHANGED,
        421: _OTHER_HOST,
        422: _WRONG_QUERY,
        431: _LONG_HEAD,
        503: _NO_REGISTRY,
    },
    "show_model": {
        200: _response("The model.", examples.MODEL),
        304: _UNCHANGED,
        404: _response("There is no such model; near ids are in `close`.", examples.UNKNOWN_MODEL, UnknownModelFailure),
        421: _OTHER_HOST,
        422: _response("The id is too long, or the query has a key.", examples.WRONG_KEY, WrongKeyReply | WrongRequest),
        431: _LONG_HEAD,
        503: _NO_REGISTRY,
    },
    "list_categories": {
        200: _response("All categories.", examples.CATEGORIES),
        304: _UNCHANGED,
        421: _OTHER_HOST,
        422: _WRONG_KEY,
        431: _LONG_HEAD,
        503: _NO_REGISTRY,
    },
    "read_hardware": {
        200: _response("What could be read.", examples.HARDWARE),
        304: _UNCHANGED,
        421: _OTHER_HOST,
        422: _WRONG_KEY,
        431: _LONG_HEAD,
    },
    "validate_training": _VERDICT,
    "validate_inference": _VERDICT,
    "read_health": {
        200: _response("The state of the server.", examples.HEALTH),
        304: _UNCHANGED,
        431: _LONG_HEAD,
    },
    "read_readiness": {
        200: _response("The registry is loaded.", examples.READY),
        304: _UNCHANGED,
        431: _LONG_HEAD,
        503: _response("There is no registry yet.", {"ready": False}, ReadyReply),
    },
}


def request_body(question: type[Question]) -> dict[str, Any]:
    """Return the description of a body that the route reads itself."""
    example = {"model_id": "unsloth/tinyllama-bnb-4bit", "config": {}, "gpu": "L4"}
    content = {
        "application/json": {"schema": {"$ref": f"#/components/schemas/{question.__name__}"}, "example": example}
    }
    return {"requestBody": {"required": True, "content": content}}
