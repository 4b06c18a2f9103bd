"""A route whose errors are documents, in whatever application it is."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from model_garden_registry.errors import RegistryError
from model_garden_registry.server.questions.validate_questions import Refused, wrong_parts
from model_garden_registry.server.replies.failures import failure_response, refusal_response


class GuardedRoute(APIRoute):
    """A route that turns what it cannot answer into JSON itself: the application around it need not know our errors."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the handler that the framework makes."""
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                return await handle(request)
            except RegistryError as error:
                return failure_response(error)
            except RequestValidationError as error:
                return refusal_response(422, wrong_parts(error.errors()))
            except Refused as refused:
                return refused.response

        return guarded
