"""Pages for people: the list at the root, a page for each model, and the files that they load."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Request, Response

from model_garden_registry.api.bounds import LONGEST_ID
from model_garden_registry.errors import RegistryError
from model_garden_registry.server.departures import while_here
from model_garden_registry.server.documents.asking import NO_WORKER
from model_garden_registry.server.guarded_route import OpenRoute
from model_garden_registry.server.live.answers import Answer
from model_garden_registry.server.live.live_registry import LiveRegistry
from model_garden_registry.server.live.office import OfficeClosedError
from model_garden_registry.server.live.page_answers import asset_bodies, problem_answer
from model_garden_registry.server.replies.failures import refusal_response
from model_garden_registry.server.replies.replies import response_with

_MODELS = b"/models/"


def page_router(live: LiveRegistry) -> APIRouter:
    """Return the routes of the pages. What they are about stands in the query, which only the page's modules read."""
    router = APIRouter(include_in_schema=False, route_class=OpenRoute)

    async def show_list(request: Request) -> Response:
        return await _shown(live, request, None)

    async def show_model(request: Request, model_id: Annotated[str, Path(max_length=LONGEST_ID)]) -> Response:
        return await _shown(live, request, model_id)

    async def show_asset(request: Request, name: str) -> Response:
        body = asset_bodies().get(name)
        return refusal_response(404, "Not Found") if body is None else response_with(body, request)

    for path, endpoint in (
        ("/", show_list),
        ("/models/{model_id:registry_model_id}", show_model),
        ("/assets/{name}", show_asset),
    ):
        router.add_api_route(path, endpoint, methods=["GET", "HEAD"])
    return router


async def _shown(live: LiveRegistry, request: Request, model_id: str | None) -> Response:
    try:
        answer = await _answered(live, request, model_id)
    except RegistryError as error:
        answer = problem_answer(error, model_id)
    except OfficeClosedError:
        return refusal_response(503, NO_WORKER)
    assert answer.body is not None  # a page needs no hardware
    if answer.key is not None and (place := _elsewhere(request, model_id, answer.key)):
        return Response(status_code=307, headers={"location": place, "cache-control": "no-store"})
    response = response_with(answer.body, request)
    if answer.status != 200:
        response.status_code = answer.status
    return response


async def _answered(live: LiveRegistry, request: Request, model_id: str | None) -> Answer:
    try:
        return await while_here(request, (await live.current()).page(model_id))
    except OfficeClosedError:  # a process that has ended is replaced by another
        live.look_again()
        return await while_here(request, (await live.current()).page(model_id))


def _elsewhere(request: Request, model_id: str | None, key: str) -> str | None:
    """
    Return the relative path to the page, if it was asked for under a former id, or with other slashes than the id has.

    The links of a page are relative, and so need the slashes of its id.
    """
    raw_path: bytes = request.scope.get("raw_path") or request.url.path.encode()
    slashes = raw_path.partition(_MODELS)[2].count(b"/")
    if model_id == key and slashes == key.count("/"):
        return None
    return f"{'../' * slashes or './'}{quote(key, errors='replace')}"
