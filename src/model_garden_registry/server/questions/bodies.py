"""The body of a request, read within limits."""

from __future__ import annotations

import asyncio
from typing import TypeVar

from fastapi import Request, Response
from pydantic import BaseModel
from pydantic_core import from_json

from model_garden_registry.api.bounds import LARGEST_BODY_BYTES
from model_garden_registry.api.invalid_questions import InvalidQuestionError, wrong_part
from model_garden_registry.api.reading import read_question
from model_garden_registry.api.strict_keys import repeated_key
from model_garden_registry.server.replies.failures import refusal_response
from model_garden_registry.units import MIB

#: How much of a longer body is read and dropped, so that the client gets the refusal instead of a broken pipe.
_LARGEST_DRAINED_BYTES = 32 * MIB
#: Time limit for a body.
BODY_SECONDS = 20.0

_JSON = "application/json"
_Q = TypeVar("_Q", bound=BaseModel)


class Refused(Exception):  # noqa: N818  (no error of ours: an answer)
    """
    A request is refused.

    Args:
        response: The reply.
    """

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


async def read_body(request: Request) -> bytes:
    """
    Return the body of a request.

    Raises:
        Refused: Its content type is not JSON, or it is too long, or too slow.
    """
    _check_type(request.headers.get("content-type"))
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _read_body(request)
    except TimeoutError:
        raise Refused(refusal_response(408, "The body did not arrive in time")) from None


def parse_body(content: bytes) -> object:
    """
    Return the value of JSON.

    Raises:
        InvalidQuestionError: It is none, or empty.
    """
    if not content.strip():
        raise wrong_part("missing", ["body"], "Field required")
    try:
        parsed: object = from_json(content, allow_inf_nan=False)
    except ValueError as error:
        raise wrong_part("json_invalid", ["body"], f"Not JSON: {error}") from None
    return parsed


def question_in(content: bytes, kind: type[_Q]) -> _Q:
    """
    Return the question of a kind that JSON is.

    Raises:
        InvalidQuestionError: It is none.
    """
    question = read_question(parse_body(content), kind)
    if wrong := repeated_key(content):
        raise InvalidQuestionError(wrong)
    return question


def _check_type(stated: str | None) -> None:
    """Require the JSON content type, which a page of another origin cannot send without permission (CORS)."""
    if (stated or "").partition(";")[0].strip().lower() != _JSON:
        raise Refused(refusal_response(415, f"Send {_JSON}"))


async def _read_body(request: Request) -> bytes:
    stated = request.headers.get("content-length", "")
    waits_for_permission = request.headers.get("expect", "").lower() == "100-continue"
    if stated.isdecimal() and int(stated) > LARGEST_BODY_BYTES and waits_for_permission:
        raise _too_large()
    content, seen = bytearray(), 0
    async for part in request.stream():
        seen += len(part)
        if seen <= LARGEST_BODY_BYTES:
            content += part
        elif seen > _LARGEST_DRAINED_BYTES:
            break
    if seen > LARGEST_BODY_BYTES:
        raise _too_large()
    return bytes(content)


def _too_large() -> Refused:
    return Refused(refusal_response(413, f"A body has at most {LARGEST_BODY_BYTES} bytes"))
