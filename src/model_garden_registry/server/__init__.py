"""
The HTTP face: what the library and the command line answer, over HTTP.

A file of this wing imports only from files above it in this list:

- bodies: JSON made once, as bytes with their tag.
- replies: a body, or that nothing has changed, as the request asks for it.
- failures: an error as a status and a document.
- envelopes: documents as the application's clients expect them around an answer.
- entry_documents: the types of entries, rows and categories.
- report_documents: the types of verdicts, hardware and errors.
- examples: an example for each reply.
- list_questions: what a list may be asked.
- snapshots: a registry with its bodies.
- live_registry: the registry in use, read again when its file changes.
- hardware_cache: the hardware of this machine, read at most every few seconds.
- validate_questions: what a verdict may be asked, and the bounded reading of it.
- verdicts: the answers to those.
- responses: what each route may answer.
- guarded_route: a route whose errors are documents.
- routes: the router of the registry.
- root_routes: health and readiness.
- shortcut: prepared bodies, sent without a detour through the framework.
- openapi: the description of all that.
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
