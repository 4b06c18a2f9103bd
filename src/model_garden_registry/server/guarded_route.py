"""A route that refuses unknown keys and whose errors are JSON documents, in any application."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Iterable, Iterator
from typing import Any, ClassVar, get_origin

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect

from model_garden_registry.api.reading import wrong_parts
from model_garden_registry.api.strict_keys import WrongKey, empty_value, wrong_key
from model_garden_registry.errors import RegistryError
from model_garden_registry.server.questions.bodies import Refused
from model_garden_registry.server.replies.failures import failure_response, refusal_response
from model_garden_registry.server.replies.replies import document_response

_log = logging.getLogger(__name__)


class GuardedRoute(APIRoute):
    """A route that turns errors into JSON itself: the application around it need not know our errors."""

    #: Whether a query may have unknown keys.
    takes_any_query: ClassVar[bool] = False
    #: Keys that the application around the router reads.
    other_keys: ClassVar[tuple[str, ...]] = ()

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the framework's handler, wrapped."""
        handle = super().get_route_handler()
        takes_any = self.takes_any_query
        keys = dict(_query_keys(self.dependant))
        repeated = [name for name, is_repeated in keys.items() if is_repeated]
        known = [*keys, *self.other_keys]

        async def guarded(request: Request) -> Response:
            try:
                if request.scope["path"].endswith("\n") and not request.path_params:  # ``$`` matches before it
                    return refusal_response(404, "Not Found")
                if not takes_any and (wrong := _wrong_query(request, known, repeated)):
                    return document_response(wrong, 422)
                return await handle(request)
            except RegistryError as error:
                return failure_response(error)
            except RequestValidationError as error:
                return refusal_response(422, wrong_parts(error.errors()))
            except Refused as refused:
                return refused.response
            except ClientDisconnect:
                _log.debug("%s %s: the client hung up", request.method, request.url.path)
                return Response(status_code=400)  # to a closed connection

        return guarded


class OpenRoute(GuardedRoute):
    """A route that ignores unknown keys: monitoring tools may add some."""

    takes_any_query = True


def route_with_keys(other_keys: Iterable[str]) -> type[GuardedRoute]:
    """Return a class of routes that ignores some keys of a query, which the application around it reads."""
    return type(GuardedRoute.__name__, (GuardedRoute,), {"other_keys": tuple(other_keys)})


def _wrong_query(request: Request, known: list[str], repeated: list[str]) -> WrongKey | None:
    if not request.scope["query_string"]:
        return None
    pairs = request.query_params.multi_items()
    return wrong_key([key for key, _ in pairs], known, repeated=repeated) or empty_value(pairs)


def _query_keys(dependant: Dependant) -> Iterator[tuple[str, bool]]:
    """Return each key of the query that a route reads, with whether it may be repeated."""
    for field in dependant.query_params:
        yield field.alias, get_origin(field.field_info.annotation) is list
    for inner in dependant.dependencies:
        yield from _query_keys(inner)
