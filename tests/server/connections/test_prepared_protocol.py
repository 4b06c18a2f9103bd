"""Prepared replies at a socket: what the application would send, without a call of it."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.middleware.gzip import GZipMiddleware

from model_garden_registry.bundled import bundled_registry
from model_garden_registry.server import create_app, serving
from model_garden_registry.server.connections.bounded_protocol import BoundedProtocol
from model_garden_registry.server.live.live_registry import LiveRegistry
from model_garden_registry.server.replies.replies import Reply

from ..conftest import PREFIX, TINY

Address = tuple[str, int]
CLOSE = "Connection: close"
PREPARED = f"{PREFIX}/categories"


class App:
    """Have replies prepared for ``/now`` and ``/long``, and answer every call with its path."""

    def __init__(self) -> None:
        self.prepared: list[str] = []
        self.called: list[str] = []

    def prepared_reply(self, scope: Any) -> Reply | None:
        """Return the reply at two paths."""
        size = {"/now": 3, "/long": 100_000}.get(scope["path"])
        if size is None:
            return None
        self.prepared.append(scope["path"])
        return Reply(200, [(b"content-length", b"%d" % size)], b"now"[:size].ljust(size, b"x"))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Read the body, and answer."""
        self.called.append(scope["path"])
        while (await receive()).get("more_body"):
            pass
        content = scope["path"].encode()
        headers = [(b"content-length", b"%d" % len(content))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})


@contextmanager
def served(app: Any, **settings: Any) -> Iterator[Address]:
    listening = serving.listen("127.0.0.1", 0)
    address = listening.getsockname()[:2]
    server = uvicorn.Server(uvicorn.Config(app, **serving.SETTINGS | {"timeout_graceful_shutdown": 1} | settings))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield address
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def app() -> App:
    return App()


@pytest.fixture
def address(app: App) -> Iterator[Address]:
    with served(app) as at:
        yield at


@pytest.fixture(scope="module")
def live() -> LiveRegistry:
    """Follow the shipped file, at which no look is due however slow the machine is."""
    return LiveRegistry(bundled_registry(), seconds=3600)


def talk(address: Address, *parts: bytes) -> bytes:
    """Send parts, each after something has come back; return all that comes until the other end closes."""
    received = b""
    with socket.create_connection(address, timeout=30) as connection:
        for part in parts:
            connection.sendall(part)
            received += connection.recv(65_536)
        while got := connection.recv(65_536):
            received += got
    return re.sub(rb"\r\ndate: [^\r]+", b"\r\ndate: now", received)


def head(path: str, *fields: str, method: str = "GET", host: str = "localhost", version: str = "1.1") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/{version}", f"Host: {host}", *fields, "", ""]).encode()


def contents(received: bytes) -> list[bytes]:
    return [part.partition(b"\r\n\r\n")[2] for part in received.split(b"HTTP/1.1 ")[1:]]


def etag_of(app: Any, path: str) -> str:
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": []}
    return str(dict(app.prepared_reply(scope).headers)[b"etag"].decode())


@pytest.mark.parametrize(
    "request_of",
    [
        pytest.param(lambda _: head(PREPARED) + head(PREPARED, CLOSE), id="two at once"),
        pytest.param(lambda _: head(PREPARED, CLOSE, method="HEAD"), id="only the head"),
        pytest.param(lambda _: head(PREPARED, version="1.0"), id="HTTP/1.0"),
        pytest.param(lambda _: head(PREPARED, "Connection: keep-alive", version="1.0"), id="HTTP/1.0, kept alive"),
        pytest.param(lambda _: head(f"{PREFIX}/models", CLOSE, "Accept-Encoding: gzip"), id="compressed"),
        pytest.param(lambda tag: head(PREPARED, CLOSE, f"If-None-Match: {tag}"), id="unchanged"),
        pytest.param(lambda _: head(PREPARED, CLOSE, "Expect: 100-continue"), id="asks whether to go on"),
        pytest.param(lambda _: head(PREPARED, "Connection: Upgrade", "Upgrade: h2c"), id="another protocol"),
        pytest.param(lambda _: head(PREPARED, CLOSE, host="evil.example"), id="another host"),
        pytest.param(lambda _: head(PREPARED, CLOSE, "Content-Length: 2") + b"{}", id="with a body"),
        pytest.param(lambda _: head(f"{PREFIX}/nothing", CLOSE), id="nothing there"),
        pytest.param(lambda _: head(PREPARED, CLOSE, method="POST"), id="not for POST"),
    ],
)
def test_a_prepared_reply_is_what_the_application_sends(request_of: Callable[[str], bytes], live: LiveRegistry) -> None:
    """Every byte but the time."""
    app = create_app(live)
    request = request_of(etag_of(app, PREPARED))
    with served(app) as address, served(app, http=BoundedProtocol) as other:
        assert talk(address, request) == talk(other, request)


def test_prepared_replies_need_no_call(app: App, address: Address) -> None:
    """One after the other, on one connection."""
    received = talk(address, head("/now"), head("/now"), head("/now", CLOSE))

    assert (contents(received), app.called) == ([b"now"] * 3, [])


def test_replies_keep_the_order_of_requests(address: Address) -> None:
    """Behind a request that the application answers, it answers the others too."""
    paths = ["/now", "/first", "/now", "/second", "/now"]
    received = talk(address, b"".join(map(head, paths)) + head("/third", CLOSE))

    assert contents(received) == [b"now", b"/first", b"/now", b"/second", b"/now", b"/third"]


def test_what_follows_the_last_request_is_not_answered(app: App, address: Address) -> None:
    """A client that says it is the last sends no other."""
    assert contents(talk(address, head("/now", CLOSE) + head("/later") + head("/now"))) == [b"now"]
    assert (app.prepared, app.called) == (["/now"], [])


def test_a_body_that_is_still_coming_is_the_applications(app: App, address: Address) -> None:
    """The reply is not sent before the request has ended."""
    with socket.create_connection(address, timeout=30) as connection:
        connection.sendall(head("/now", CLOSE, "Content-Length: 2") + b"{")
        connection.settimeout(0.3)
        with pytest.raises(TimeoutError):
            connection.recv(65_536)
        connection.settimeout(30)
        connection.sendall(b"}")
        received = b""
        while got := connection.recv(65_536):
            received += got

    assert (contents(received), app.called) == ([b"/now"], ["/now"])


def test_replies_do_not_pile_up(app: App, address: Address) -> None:
    """Of a client that asks and does not read, only what the system takes is made."""
    with socket.create_connection(address, timeout=30) as connection:
        connection.sendall(head("/long") * 2_000)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65_536) and not app.called:
            pass

    assert len(app.prepared) < 200


@pytest.mark.parametrize(
    ("path", "is_prepared"),
    [(PREPARED, True), (f"{PREFIX}/models?category=vision-vlm", False), (f"{PREFIX}/models/{TINY}", False)],
)
def test_what_is_prepared(path: str, is_prepared: bool, live: LiveRegistry) -> None:
    """What is ready, and small enough for one piece."""
    path, _, query = path.partition("?")
    scope = {"type": "http", "method": "GET", "path": path, "query_string": query.encode(), "headers": []}

    assert (create_app(live).prepared_reply(scope) is not None) is is_prepared  # type: ignore[attr-defined]


def test_nothing_is_prepared_behind_middleware(live: LiveRegistry) -> None:
    """Middleware of the user sees every request."""
    app = create_app(live)
    scope = {"type": "http", "method": "GET", "path": PREPARED, "query_string": b"", "headers": []}
    app.add_middleware(GZipMiddleware)

    assert app.prepared_reply(scope) is None  # type: ignore[attr-defined]


def test_nothing_is_prepared_when_a_look_is_due(tmp_path: Path) -> None:
    """The application looks at the file."""
    path = tmp_path / "registry.json"
    path.write_bytes(bundled_registry().read_bytes())
    scope = {"type": "http", "method": "GET", "path": PREPARED, "query_string": b"", "headers": []}

    assert create_app(LiveRegistry(path, seconds=0)).prepared_reply(scope) is None  # type: ignore[attr-defined]
