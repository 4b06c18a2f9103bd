"""The body of a validate request, read within limits."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import Request, Response
from pydantic import ValidationError
from pydantic_core import from_json

from model_garden_registry.entries.tasks import Task
from model_garden_registry.server.questions.asked import QUESTIONS, Question
from model_garden_registry.server.questions.bounds import LARGEST_BODY_BYTES, PATTERN_WORDS, beyond_bounds
from model_garden_registry.server.questions.strict_keys import repeated_key, wrong_key
from model_garden_registry.server.replies.failures import refusal_response
from model_garden_registry.server.replies.replies import document_response
from model_garden_registry.units import MIB

#: How much of a longer body is read and dropped, so that the client gets the refusal instead of a broken pipe.
_LARGEST_DRAINED_BYTES = 32 * MIB
#: Time limit for a body.
BODY_SECONDS = 20.0

_JSON = "application/json"


class Refused(Exception):  # noqa: N818  (no error of ours: an answer)
    """
    A request is refused.

    Args:
        response: The reply.
    """

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


async def read_question(request: Request, task: Task) -> Question:
    """
    Read the body of a request.

    Raises:
        Refused: It is not a valid JSON object, too long, or too slow.
    """
    _check_type(request.headers.get("content-type"))
    try:
        async with asyncio.timeout(BODY_SECONDS):
            content = await _read_body(request)
    except TimeoutError:
        raise Refused(refusal_response(408, "The body did not arrive in time")) from None
    return _parse(content, QUESTIONS[task])


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


def _parse(content: bytes, kind: type[Question]) -> Question:
    if not content.strip():
        raise _wrong([{"type": "missing", "loc": ["body"], "msg": "Field required"}])
    try:
        raw = from_json(content, allow_inf_nan=False)
    except ValueError as error:
        raise _wrong([{"type": "json_invalid", "loc": ["body"], "msg": f"Not JSON: {error}"}]) from None
    if isinstance(raw, dict) and raw.get("model_id") in (None, ""):
        raise Refused(refusal_response(400, "Missing 'model_id' in request"))
    if problem := beyond_bounds(raw):
        raise _wrong([{"type": "too_large", "loc": ["body"], "msg": problem}])
    if isinstance(raw, dict) and (wrong := wrong_key(raw, [*kind.model_fields]) or repeated_key(content)):
        raise Refused(document_response(wrong, 422))
    try:
        return kind.model_validate(raw)
    except ValidationError as error:
        raise _wrong(wrong_parts(error.errors(include_url=False, include_input=False), "body")) from None


def wrong_parts(problems: Any, *prefix: str) -> list[dict[str, Any]]:
    """Return the errors of a request, by part, without the values that were sent."""
    return [
        {"type": problem["type"], "loc": [*prefix, *problem["loc"]], "msg": _message(problem)} for problem in problems
    ]


def _message(problem: Any) -> str:
    """Return the framework's message, with a pattern in words."""
    words = PATTERN_WORDS.get(problem.get("ctx", {}).get("pattern"))
    return str(problem["msg"]) if words is None else f"String should be {words}"


def _wrong(parts: list[dict[str, Any]]) -> Refused:
    return Refused(refusal_response(422, parts))
