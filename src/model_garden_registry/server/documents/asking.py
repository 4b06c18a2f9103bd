"""The answer of the process that has the registry, as a response."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias

from fastapi import Request, Response

from model_garden_registry.server.departures import while_here
from model_garden_registry.server.live.answers import Answer
from model_garden_registry.server.live.live_registry import LiveRegistry
from model_garden_registry.server.live.office import OfficeClosedError
from model_garden_registry.server.live.snapshots import Snapshot
from model_garden_registry.server.questions.bodies import Refused
from model_garden_registry.server.replies.failures import refusal_response
from model_garden_registry.server.replies.replies import content_response, response_with

Ask: TypeAlias = Callable[[Snapshot], Coroutine[Any, Any, Answer]]

#: If the answering process has ended, and its successor as well.
NO_WORKER = "The answering process has ended; try again in a moment"


async def answered(live: LiveRegistry, request: Request, ask: Ask) -> Response:
    """
    Return an answer; the work on it stops when the client disconnects.

    Raises:
        Refused: The answering process has ended twice.
    """
    for _ in range(2):  # a process that has ended is replaced by another
        snapshot = await live.current()
        try:
            answer = await while_here(request, ask(snapshot))
        except OfficeClosedError:
            live.look_again()
        else:
            assert answer.body is not None  # the hardware was passed
            is_kept = answer.status == 200 and request.method != "POST"
            return (
                response_with(answer.body, request) if is_kept else content_response(answer.body.content, answer.status)
            )
    raise Refused(refusal_response(503, NO_WORKER))
