"""The body of a validate request."""

from __future__ import annotations

from fastapi import Request

from model_garden_registry.entries.tasks import Task
from model_garden_registry.server.questions.asked import QUESTIONS, Question
from model_garden_registry.server.questions.bodies import Refused, parse_body, question_in, read_body
from model_garden_registry.server.replies.failures import refusal_response


async def read_question(request: Request, task: Task) -> Question:
    """
    Read the body of a request.

    Raises:
        Refused: It names no model, or cannot be read.

        InvalidQuestionError: It is no question.
    """
    content = await read_body(request)
    raw = parse_body(content)
    if isinstance(raw, dict) and raw.get("model_id") in (None, ""):
        raise Refused(refusal_response(400, "Missing 'model_id' in request"))
    return question_in(content, QUESTIONS[task])
