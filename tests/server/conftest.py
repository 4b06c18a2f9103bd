"""Ways to ask the server, in this process or at a socket; and registry files made from shipped entries."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from model_garden_registry.bundled import bundled_registry
from model_garden_registry.server import create_app
from model_garden_registry.server.live import live_registry

SHIPPED: dict[str, Any] = json.loads(bundled_registry().read_bytes())
PREFIX = "/api/v1/registry"

#: Ids of shipped entries, each for what it is.
TINY = "unsloth/tinyllama-bnb-4bit"
VISION = "Qwen/Qwen2.5-VL-7B-Instruct"
OLD = "mosaicml/mpt-7b"


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        """The content read as JSON."""
        return json.loads(self.content)


def call(
    app: Any, method: str, target: str, *, headers: Mapping[str, str] | None = None, parts: tuple[bytes, ...] = ()
) -> Answer:
    """Ask an application, as a server would for this request line; a body may come in parts."""
    path, _, query = target.partition("?")
    pending = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    pending.append({"type": "http.request", "body": b"", "more_body": False})
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return pending.pop(0) if pending else await asyncio.Event().wait()  # the client stays

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }
    asyncio.run(app(scope, receive, send))
    head = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], head, b"".join(message["body"] for message in sent[1:]))


@pytest.fixture(scope="session")
def ask() -> Callable[..., Answer]:
    """Ask an application that serves the shipped registry; ``app`` names another, a mapping is sent as JSON."""
    shipped = create_app(bundled_registry())

    def ask_it(method: str, target: str, body: Any = None, *, app: Any = None, **options: Any) -> Answer:
        if body is not None:
            options["parts"] = (body if isinstance(body, bytes) else json.dumps(body).encode(),)
            options.setdefault("headers", {"Content-Type": "application/json"})
        return call(app or shipped, method, target, **options)

    return ask_it


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """
    Give a maker of registry files from entries.

    A text stands for the shipped entry of that id, a mapping for changes to the tiny one, anything else for itself.
    """

    def make(entries: Mapping[str, Any], **head: Any) -> Path:
        models = {key: _entry(key, changes) for key, changes in entries.items()}
        path = tmp_path / "registry.json"
        path.write_text(json.dumps({**SHIPPED, "models": models, **head}), encoding="utf-8")
        return path

    return make


def _entry(key: str, changes: Any) -> Any:
    if isinstance(changes, str):
        return SHIPPED["models"][changes]
    return {**deepcopy(SHIPPED["models"][TINY]), "id": key, **changes} if isinstance(changes, Mapping) else changes


@pytest.fixture(autouse=True)
def _forked_offices(forks: None) -> None:
    """Fork the process that each application reads its registry in; one of a test with ``starts`` is started."""


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let requests wait for a reading however slow this machine is."""
    monkeypatch.setattr(live_registry, "_PATIENCE_SECONDS", 120.0)


class Live:
    """A server at an address of this machine."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.address = address

    def ask(self, method: str, target: str, body: bytes | None = None, **headers: str) -> Answer:
        """Ask by HTTP; ``content_type=…`` is the header ``content-type``."""
        connection = http.client.HTTPConnection(*self.address, timeout=30)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, target, body=body, headers=named)
            reply = connection.getresponse()
            head = {name.lower(): value for name, value in reply.getheaders()}
            return Answer(reply.status, head, reply.read())
        finally:
            connection.close()

    def send(self, raw: bytes) -> bytes:
        """Send bytes as they are; give what comes back until the other end closes, which the bytes must ask for."""
        received = b""
        with socket.create_connection(self.address, timeout=30) as connection, suppress(ConnectionError):
            connection.sendall(raw)
            while part := connection.recv(65536):
                received += part
        return received


@pytest.fixture(scope="session")
def live() -> Iterator[Live]:
    """Serve the shipped registry at a free port, as ``mgr serve`` does, in a thread."""
    import uvicorn

    from model_garden_registry.server import serving

    listening = serving.listen("127.0.0.1", 0)
    address = listening.getsockname()[:2]  # the server takes the socket over
    server = uvicorn.Server(uvicorn.Config(create_app(bundled_registry()), **serving.SETTINGS))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield Live(address)
    finally:
        server.should_exit = True
        thread.join()
