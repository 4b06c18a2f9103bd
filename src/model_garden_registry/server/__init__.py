"""
The HTTP API: the answers of the library and the command line, over HTTP.

A file of this folder imports only from files above it in this list:

- replies: replies: bodies made once, errors, envelopes.
- questions: queries and bodies of requests.
- verdicts: answers about a model and a task.
- live: the registry and the hardware in use.
- description: the OpenAPI document and its parts.
- departures: requests whose client has disconnected.
- hosts: the hosts that a request may name.
- guarded_route: a route whose errors are documents.
- documents: routes that answer with a document of the command line.
- routes: the router of the registry.
- root_routes: health and readiness.
- page_routes: pages for people.
- shortcut: prepared bodies, sent without going through the framework.
- application: the complete application.
- connections: limits on connections: number, time, size.
- allocator: memory of large blocks goes back to the system.
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
    """Import a public name on first use: the answering process needs no framework."""
    if name not in __all__:
        raise AttributeError(name)
    try:
        from model_garden_registry.server import application, routes
    except ModuleNotFoundError as error:
        if error.name != "fastapi":
            raise
        raise MissingExtraError("server", "fastapi") from None
    return application.create_app if name == "create_app" else routes.registry_router
