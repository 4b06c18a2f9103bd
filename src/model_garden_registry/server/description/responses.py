"""The responses of each route, for the OpenAPI document."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from pydantic import BaseModel

from model_garden_registry.api.asked import (
    FitQuestion,
    InferenceEstimateQuestion,
    PlanQuestion,
    TrainingEstimateQuestion,
)
from model_garden_registry.server.description import document_examples, examples
from model_garden_registry.server.description.replies import (
    Failure,
    ReadyReply,
    Refusal,
    UnknownModelFailure,
    WrongKeyReply,
    WrongRequest,
)
from model_garden_registry.server.questions.asked import InferenceQuestion, TrainingQuestion

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

#: Of a body that cannot be read as a question.
_WRONG_BODY: Responses = {
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
_VERDICT: Responses = {
    200: _response("The verdict, whatever it is; also for an unknown model.", examples.VERDICT),
    400: _response("The request names no model.", examples.MISSING_ID, Refusal),
    **_WRONG_BODY,
}
_NO_MODEL = _response("There is no such model; near ids are in `close`.", examples.UNKNOWN_MODEL, UnknownModelFailure)


def _asked(description: str, example: object, *, names_model: bool = True) -> Responses:
    """Return the responses of a route with a body."""
    return {200: _response(description, example), **({404: _NO_MODEL} if names_model else {}), **_WRONG_BODY}


def _read(description: str, example: object, *, names_model: bool = True) -> Responses:
    """Return the responses of a route with a query."""
    return {
        200: _response(description, example),
        304: _UNCHANGED,
        **({404: _NO_MODEL} if names_model else {}),
        421: _OTHER_HOST,
        422: _WRONG_QUERY,
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
        404: _NO_MODEL,
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
    "estimate_training": _asked("The memory.", document_examples.TRAINING_ESTIMATE),
    "estimate_inference": _asked("The memory.", document_examples.INFERENCE_ESTIMATE),
    "fit_models": _asked("The models, best first.", document_examples.FIT, names_model=False),
    "plan_gpus": _asked("The GPUs that run it.", document_examples.PLAN),
    "list_gpus": {
        200: _response("The GPUs.", document_examples.GPUS),
        304: _UNCHANGED,
        421: _OTHER_HOST,
        422: _WRONG_KEY,
        431: _LONG_HEAD,
        503: _NO_REGISTRY,
    },
    "compare_models": _read("Every field of each.", document_examples.COMPARISON),
    "describe_training": _read("The JSON schema.", document_examples.TRAINING_FORM),
    "describe_inference": _read("The JSON schema.", document_examples.INFERENCE_FORM),
    "export_model": _read("The file, or the command.", document_examples.EXPORT),
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


def responses_of(name: str) -> Responses:
    """Return the responses of an operation, to keep: releases of FastAPI write into what they are given."""
    return deepcopy(OPERATIONS[name])


#: The type of each body, by the name of the operation.
BODY_TYPES: dict[str, type[BaseModel]] = {
    "validate_training": TrainingQuestion,
    "validate_inference": InferenceQuestion,
    "estimate_training": TrainingEstimateQuestion,
    "estimate_inference": InferenceEstimateQuestion,
    "fit_models": FitQuestion,
    "plan_gpus": PlanQuestion,
}


def request_body(operation: str) -> dict[str, Any]:
    """Return the description of the body of an operation, which the route reads itself."""
    schema = {"$ref": f"#/components/schemas/{BODY_TYPES[operation].__name__}"}
    example = document_examples.BODIES.get(operation, document_examples.ONE_MODEL)
    content = {"application/json": {"schema": schema, "example": example}}
    return {"requestBody": {"required": True, "content": content}}
