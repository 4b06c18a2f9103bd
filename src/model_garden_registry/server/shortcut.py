"""Prepared bodies, sent without going through the framework."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from model_garden_registry.server.live.live_registry import LiveRegistry
from model_garden_registry.server.live.page_answers import asset_bodies
from model_garden_registry.server.replies.bodies import Body
from model_garden_registry.server.replies.replies import Reply, reply_with
from model_garden_registry.server.routes import PREFIX

#: Roughly what a socket accepts at once.
_PIECE_BYTES = 2**17

_LIST = f"{PREFIX}/models"
_ENTRY = f"{PREFIX}/models/"
_CATEGORIES = f"{PREFIX}/categories"
_MODEL = "/models/"
_ASSET = "/assets/"


class Shortcut:
    """
    Middleware that answers the most frequent requests: lists, entries and pages that are cached.

    Everything else, and the first request for an entry or a page, goes to the application, whose answers are the same.
    """

    def __init__(self, app: ASGIApp, live: LiveRegistry) -> None:
        self._app = app
        self._live = live

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        reply = self._reply(scope) if scope["type"] == "http" else None
        if reply is None:
            await self._app(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
        content, start = reply.content, 0
        while len(content) - start > _PIECE_BYTES:  # a server copies what it cannot send at once repeatedly
            piece = content[start : start + _PIECE_BYTES]
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            start += _PIECE_BYTES
        await send({"type": "http.response.body", "body": content[start:] if start else content})

    def reply(self, scope: Scope) -> Reply | None:
        """Return the reply to a request over HTTP if it is ready and small enough to be sent at once, else None."""
        reply = self._reply(scope)
        return None if reply is None or len(reply.content) > _PIECE_BYTES else reply

    def _reply(self, scope: Scope) -> Reply | None:
        if scope["method"] not in ("GET", "HEAD"):
            return None
        if scope["path"].startswith(_ASSET):
            body = asset_bodies().get(scope["path"][len(_ASSET) :])
        elif self._live.is_due:
            return None
        else:
            body = self._body(scope["path"], scope["query_string"]) or self._page(scope)
        return None if body is None else reply_with(body, scope["headers"], is_head=scope["method"] == "HEAD")

    def _body(self, path: str, query: bytes) -> Body | None:
        snapshot = self._live.snapshot
        if snapshot is None:
            return None
        if path == _LIST:
            return snapshot.known_list(query)
        if path.startswith(_ENTRY):
            return None if query else snapshot.known_model(path[len(_ENTRY) :])
        return snapshot.reading.categories if path == _CATEGORIES and not query else None

    def _page(self, scope: Scope) -> Body | None:
        """Return a page; the query is its own."""
        path, snapshot = scope["path"], self._live.snapshot
        if snapshot is None:
            return None
        if path == "/":
            return snapshot.known_page(None)
        is_plain = scope.get("raw_path") == path.encode()  # with other slashes it leads elsewhere
        return snapshot.known_page(path[len(_MODEL) :]) if is_plain and path.startswith(_MODEL) else None
