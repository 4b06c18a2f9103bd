"""Health and readiness, at the root of the application."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from model_garden_registry import __version__
from model_garden_registry.api.failures import without_directory
from model_garden_registry.payloads.errors import error_document
from model_garden_registry.server.description.replies import HealthReply, ReadyReply
from model_garden_registry.server.documents.routes import add_get
from model_garden_registry.server.guarded_route import OpenRoute
from model_garden_registry.server.live.live_registry import LiveRegistry
from model_garden_registry.server.replies.bodies import json_body
from model_garden_registry.server.replies.replies import document_response, response_with


def root_router(live: LiveRegistry) -> APIRouter:
    """Return the routes for the state of the server."""
    router = APIRouter(tags=["server"], route_class=OpenRoute)

    async def read_health(request: Request) -> Response:
        """Return whether the server answers, from which registry, and what is wrong with the current file."""
        await live.look()
        return response_with(json_body(health_document(live)), request)

    async def read_readiness(request: Request) -> Response:
        """Return whether questions about models can be answered."""
        await live.look()
        if live.snapshot is None:
            return document_response({"ready": False}, 503)
        return response_with(json_body({"ready": True}), request)

    add_get(router, "/health", read_health, HealthReply)
    add_get(router, "/ready", read_readiness, ReadyReply)
    return router


def health_document(live: LiveRegistry) -> dict[str, Any]:
    """Return the state of the registry: ``degraded`` if an older reading of the file is in use."""
    snapshot, problem = live.snapshot, live.problem
    behind = live.behind_seconds
    status = "unavailable" if snapshot is None else "ok" if behind is None else "degraded"
    return {
        "status": status,
        "version": __version__,
        "registry": None
        if snapshot is None
        else {
            "file": live.path.name,
            "version": snapshot.reading.version,
            "last_updated": snapshot.reading.last_updated,
            "models": snapshot.reading.models,
        },
        "behind_seconds": None if behind is None else int(behind),
        "problem": None if problem is None else error_document(without_directory(problem)),
    }
