"""
The HTTP face: what the library and the command line answer, over HTTP.

A file of this wing imports only from files above it in this list:

- replies: what is sent: bodies made once, errors, envelopes.
- questions: what may be asked.
- verdicts: the answers to questions about a model and a task.
- live: the registry and the hardware in use.
- description: the OpenAPI document and what it is made of.
- departures: a request whose client has left.
- hosts: whose name a request may be for.
- guarded_route: a route whose errors are documents.
- routes: the router of the registry.
- root_routes: health and readiness.
- shortcut: prepared bodies, sent without a detour through the framework.
- application: everything together, as one application.
- connections: how many there are, and how long and how much each may take.
- serving: the application on a socket.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from model_garden_registry.errors import MissingExtraError

if TYPE_CHECKING:
    from model_garden_registry.server.application import create_app
    from model_garden_registry.server.routes import registry_router

__all__ = ["create_app", "registry_router"]


def __getattr__(name: str) -> Any:
    """Import what is asked for: the process that answers needs no framework."""
    if name not in __all__:
        raise AttributeError(name)
    try:
        from model_garden_registry.server import application, routes
    except ModuleNotFoundError as error:
        if error.name != "fastapi":
            raise
        raise MissingExtraError("server", "fastapi") from None
    return application.create_app if name == "create_app" else routes.registry_router
