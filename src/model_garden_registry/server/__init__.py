"""
The HTTP face: what the library and the command line answer, over HTTP.

A file of this wing imports only from files above it in this list:

- replies: what is sent: bodies made once, errors, envelopes.
- questions: what may be asked.
- live: the registry and the hardware in use.
- description: the OpenAPI document and what it is made of.
- verdicts: the answers to questions about a model and a task.
- hosts: whose name a request may be for.
- guarded_route: a route whose errors are documents.
- routes: the router of the registry.
- root_routes: health and readiness.
- shortcut: prepared bodies, sent without a detour through the framework.
- application: everything together, as one application.
- serving: the application on a socket.
"""

from __future__ import annotations

from model_garden_registry.errors import MissingExtraError

try:
    from model_garden_registry.server.application import create_app
    from model_garden_registry.server.routes import registry_router
except ModuleNotFoundError as error:
    if error.name != "fastapi":
        raise
    raise MissingExtraError("server", "fastapi") from None

__all__ = ["create_app", "registry_router"]
