"""Whose name a request may be for."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from model_garden_registry.server.hosts import Hosts, host_name, is_loopback


def status(host: str | None, allowed: list[str] | None, *, path: str = "/x", server: Any = ("127.0.0.1", 80)) -> int:
    """Return what a request is answered; the application behind answers with 200."""
    sent: list[Any] = []

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [] if host is None else [(b"host", host.encode("latin-1"))]
    layer = Hosts(app, allowed)
    for _ in range(2):  # as a stranger, and remembered
        asyncio.run(layer({"type": "http", "path": path, "server": server, "headers": headers}, None, send))  # type: ignore[arg-type]
    starts = [message["status"] for message in sent if "status" in message]
    assert starts[0] == starts[1]
    return int(starts[0])


LOOPBACK = ["localhost", "LOCALHOST:8000", "localhost.", "a.localhost", "127.0.0.1", "127.9.9.9:1", "[::1]", "[::1]:80"]
OTHERS = [
    "evil.example",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "10.0.0.1",
    "",
    "[::1",
    "a b",
    "::1::2",
    "0",
]


@pytest.mark.parametrize("host", LOOPBACK)
@pytest.mark.parametrize("allowed", [None, [], ["garden.example"]])
def test_a_name_of_loopback_is_answered(host: str, allowed: list[str] | None) -> None:
    """With any port."""
    assert status(host, allowed) == 200


@pytest.mark.parametrize("host", OTHERS)
@pytest.mark.parametrize("allowed", [None, [], ["garden.example"]])
def test_another_name_is_refused(host: str, allowed: list[str] | None) -> None:
    """421: a page of another site has made its own name lead here."""
    assert status(host, allowed) == 421


@pytest.mark.parametrize("host", ["garden.example", "Garden.Example:443", "garden.example.", "[fe80::1]:80"])
def test_a_name_may_be_allowed(host: str) -> None:
    """Whatever the case and the port."""
    assert status(host, ["garden.example", "fe80::1"]) == 200


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_who_watches_is_answered(path: str) -> None:
    """Whatever name he uses."""
    assert status("evil.example", [], path=path) == 200


@pytest.mark.parametrize(
    ("allowed", "server"),
    [
        pytest.param(["*"], ("127.0.0.1", 80), id="all are allowed"),
        pytest.param(None, ("192.0.2.1", 80), id="an address that others reach"),
        pytest.param(None, None, id="no address"),
    ],
)
def test_every_name_is_answered_where_it_may_be(allowed: list[str] | None, server: Any) -> None:
    """Where others reach the server, its names are not known to it."""
    assert status("garden.example", allowed, server=server) == 200


def test_a_request_without_a_host_is_answered() -> None:
    """No browser sends one."""
    assert status(None, []) == 200


def test_names_are_remembered_up_to_a_number() -> None:
    """A client that makes up names does not fill the memory."""
    layer = Hosts(None, [])  # type: ignore[arg-type]
    scope = {"type": "http", "path": "/x", "server": ("127.0.0.1", 80)}

    answers = {
        layer.answers({**scope, "headers": [(b"host", f"{number}.localhost".encode())]}) for number in range(100)
    }

    assert answers == {True}
    assert len(layer._known) == 64


def test_a_host_is_read_without_its_port() -> None:
    """Brackets and case aside."""
    assert [host_name(text) for text in ("A.b:1", "[::1]:80", "a:b", "")] == ["a.b", "::1", None, None]


def test_loopback_is_told_from_the_rest() -> None:
    """Also where IPv4 is written as IPv6."""
    assert [is_loopback(name) for name in ("::ffff:127.0.0.1", "::1", "::", "0.0.0.0", "host")] == [True, True] + [
        False
    ] * 3
