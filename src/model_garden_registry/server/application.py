"""The complete application."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.middleware.cors import CORSMiddleware
from starlette.types import Receive, Scope, Send

from model_garden_registry import __version__
from model_garden_registry.files.location import StrPath
from model_garden_registry.page.reference.reference_page import SERVED_REFERENCE_POLICY, reference_page
from model_garden_registry.registry.model_registry import ModelRegistry
from model_garden_registry.server.description.openapi import openapi_document
from model_garden_registry.server.guarded_route import GuardedRoute
from model_garden_registry.server.hosts import Hosts
from model_garden_registry.server.live.live_registry import LiveRegistry
from model_garden_registry.server.live.page_answers import page_headers
from model_garden_registry.server.page_routes import page_router
from model_garden_registry.server.replies.bodies import Body, json_body
from model_garden_registry.server.replies.replies import Reply, response_with
from model_garden_registry.server.root_routes import root_router
from model_garden_registry.server.routes import registry_router
from model_garden_registry.server.shortcut import Shortcut


def create_app(
    registry: ModelRegistry | LiveRegistry | StrPath | None = None,
    *,
    cors: Sequence[str] = (),
    allowed_hosts: Sequence[str] | None = None,
) -> FastAPI:
    """
    Make the application that ``mgr serve`` runs.

    Args:
        registry: A registry, whose file is followed, or the path of one; without it, the file that ``find_registry``
            finds.

        cors: Origins whose pages may read the answers, such as ``http://localhost:5173``; ``*`` for all.

        allowed_hosts: Names and addresses that a request may name beside those of loopback, without a port; ``*`` for
            all. None: no others on a connection to a loopback address, any on other connections.
    """
    live = registry if isinstance(registry, LiveRegistry) else LiveRegistry(registry)
    app = _Application(
        title="model-garden-registry",
        version=__version__,
        summary="Open-weight language models: what they need, how to train and serve them.",
        openapi_url=None,  # ours has an ETag; the framework's own pages would load scripts from a CDN
        redirect_slashes=False,  # a redirect would repeat the Host header
        separate_input_output_schemas=False,
    )
    app.include_router(registry_router(live))
    app.include_router(root_router(live))
    app.include_router(page_router(live))
    app.include_router(_openapi_router(app))
    app.put_in_front(live, allowed_hosts)
    if cors:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=[*cors],
            allow_methods=["GET", "HEAD", "POST"],
            allow_headers=["content-type", "if-none-match"],
            expose_headers=["etag"],
        )
    return app


class _Application(FastAPI):
    """An application that tries the shortcut first, unless the user has added middleware; only for allowed hosts."""

    def put_in_front(self, live: LiveRegistry, allowed_hosts: Sequence[str] | None) -> None:
        """Send prepared bodies from the innermost middleware, or directly if there is no other."""
        self.add_middleware(Shortcut, live=live)
        self._shortcut = Shortcut(super().__call__, live)
        self._alone = Hosts(self._shortcut, allowed_hosts)
        self._behind_others = Hosts(super().__call__, allowed_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass the request to the routes."""
        await (self._alone if self._is_alone else self._behind_others)(scope, receive, send)

    def prepared_reply(self, scope: Scope) -> Reply | None:
        """Return the reply that a call would send, if it is ready; else None."""
        is_short = self._is_alone and self._alone.answers(scope)
        return self._shortcut.reply(scope) if is_short else None

    @property
    def _is_alone(self) -> bool:
        return len(self.user_middleware) == 1

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document, made once."""
        if not self.openapi_schema:
            self.openapi_schema = openapi_document(self)
        return self.openapi_schema


def _openapi_router(app: FastAPI) -> APIRouter:
    """Return the routes of the OpenAPI document and of the page that is made from it."""
    router = APIRouter(include_in_schema=False, route_class=GuardedRoute)
    document = cache(lambda: json_body(app.openapi()))
    page = cache(lambda: Body(reference_page(app.openapi()).encode(), page_headers(SERVED_REFERENCE_POLICY)))

    async def read_openapi(request: Request) -> Response:
        return response_with(await run_in_threadpool(document), request)  # making it takes long

    async def show_reference(request: Request) -> Response:
        return response_with(await run_in_threadpool(page), request)

    router.add_api_route("/openapi.json", read_openapi, methods=["GET", "HEAD"])
    router.add_api_route("/docs", show_reference, methods=["GET", "HEAD"])
    return router
