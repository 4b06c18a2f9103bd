"""HTTP on one connection, asked by raw bytes."""

from __future__ import annotations

import json
import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
import uvicorn

from model_garden_registry.server import serving
from model_garden_registry.server.connections import bounded_protocol

Address = tuple[str, int]


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answer at once, read the body first, or send without end, as the path says."""
    if scope["path"] == "/read":
        while (await receive()).get("more_body"):
            pass
    size = 50_000_000 if scope["path"] == "/long" else 2
    headers = [(b"content-length", str(size).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for start in range(0, size, 1_000_000):
        part = b"x" * min(size - start, 1_000_000)
        await send({"type": "http.response.body", "body": part, "more_body": start + len(part) < size})


@contextmanager
def served() -> Iterator[Address]:
    listening = serving.listen("127.0.0.1", 0)
    address = listening.getsockname()[:2]
    server = uvicorn.Server(uvicorn.Config(app, **{**serving.SETTINGS, "timeout_graceful_shutdown": 1}))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield address
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def address() -> Iterator[Address]:
    with served() as at:
        yield at


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> Iterator[Address]:
    """Serve with little patience."""
    for name in ("HEAD_SECONDS", "TAKING_SECONDS", "_LINGER_SECONDS"):
        monkeypatch.setattr(bounded_protocol, name, 0.3)
    with served() as at:
        yield at


def talk(address: Address, *parts: bytes, pause: float = 0.0) -> bytes:
    """Send parts, and return what comes back until the other end closes."""
    received = b""
    with socket.create_connection(address, timeout=30) as connection, suppress(ConnectionError):
        for part in parts:
            connection.sendall(part)
            time.sleep(pause)
        while got := connection.recv(65_536):
            received += got
    return received


def keep_sending(connection: socket.socket, part: bytes, times: int) -> None:
    for _ in range(times):
        connection.sendall(part)
        time.sleep(0.05)


def statuses(reply: bytes) -> list[int]:
    return [int(part[:3]) for part in reply.split(b"HTTP/1.1 ")[1:]]


def head(path: str = "/", *fields: str, method: str = "GET", host: str = "Host: a") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", *([host] if host else []), *fields, "", ""]).encode()


CLOSE = "Connection: close"


@pytest.mark.parametrize(
    ("request_head", "status"),
    [
        pytest.param(head("/", CLOSE, f"A: {'b' * 16_000}"), 200, id="nearly 16 kB"),
        pytest.param(head("/", CLOSE, f"A: {'b' * 16_400}"), 431, id="more than 16 kB"),
        pytest.param(head("/" + "b" * 17_000, CLOSE), 431, id="a long path"),
        pytest.param(head("/", CLOSE, *["A: b"] * 4_000), 431, id="many lines"),
        pytest.param(head("/", CLOSE, host=""), 400, id="no host"),
        pytest.param(head("/", CLOSE, "Host: b"), 400, id="two hosts"),
        pytest.param(head("http://a/", CLOSE), 400, id="a whole address"),
        pytest.param(b"GET / HTTP/1.0\r\n\r\n", 200, id="HTTP/1.0 without host"),
        pytest.param(
            head("/", "Content-Length: 2", "Transfer-Encoding: chunked", method="POST"), 400, id="two lengths"
        ),
        pytest.param(
            head("/", "Transfer-Encoding: chunked", "Content-Length: 2", method="POST"), 400, id="the other way"
        ),
        pytest.param(b"\x16\x03\x01\x00", 400, id="TLS"),
    ],
)
def test_a_head_is_checked(request_head: bytes, status: int, address: Address) -> None:
    """What is refused is so in JSON, and nothing else is taken on that connection."""
    reply = talk(address, request_head + b"0\r\n\r\n" + (head("/", CLOSE) if status != 200 else b""))

    assert statuses(reply)[0] == status
    if status != 200:
        assert len(statuses(reply)) == 1
        assert "detail" in json.loads(reply.partition(b"\r\n\r\n")[2])


@pytest.mark.parametrize("path", ["/", "/read"])
@pytest.mark.parametrize("protocol", ["websocket", "h2c"])
def test_another_protocol_is_not_spoken(protocol: str, path: str, address: Address) -> None:
    """The request is answered as any other, and is the last of its connection."""
    request = head(path, f"Upgrade: {protocol}", "Connection: Upgrade")

    assert statuses(talk(address, request + head("/"))) == [200]


def test_a_head_may_come_in_parts(address: Address) -> None:
    """Byte by byte."""
    parts = [bytes([byte]) for byte in head("/", CLOSE)]

    assert statuses(talk(address, *parts)) == [200]


def test_a_head_without_end_is_refused(address: Address) -> None:
    """As soon as it is too long, whatever its lines."""
    assert statuses(talk(address, b"GET / HTTP/1.1\r\n", *[b"A: " + b"b" * 1_000 + b"\r\n"] * 20)) == [431]


def test_what_comes_before_does_not_count(address: Address) -> None:
    """A head behind a long request is as long as it is."""
    long = head("/read", "Content-Length: 60000", method="POST") + b"x" * 60_000

    assert statuses(
        talk(address, long + b"GET / HT", b"TP/1.1\r\nHost: a\r\n" + f"{CLOSE}\r\n\r\n".encode(), pause=0.2)
    ) == [
        200,
        200,
    ]


def test_a_head_that_does_not_come_is_given_up(hasty: Address) -> None:
    """408, instead of a connection that stays open; who says nothing at all is not answered."""
    assert statuses(talk(hasty, b"GET / HTTP/1.1\r\nHost")) == [408]
    assert talk(hasty) == b""
    assert statuses(talk(hasty, head("/") + b"GET")) == [200, 408]


def test_a_refusal_is_not_waited_for_long(hasty: Address) -> None:
    """Who reads it and goes on sending is cut off."""
    with socket.create_connection(hasty, timeout=30) as connection:
        connection.sendall(b"nonsense\r\n\r\n")
        assert statuses(connection.recv(65_536)) == [400]
        with pytest.raises(ConnectionError):
            keep_sending(connection, b"more", 100)


def test_the_rest_of_a_body_has_a_time(hasty: Address) -> None:
    """Where the reply did not wait for it."""
    began = time.monotonic()

    assert statuses(talk(hasty, head("/", "Content-Length: 100", method="POST") + b"x")) == [200]
    assert time.monotonic() - began < 20


def test_the_rest_of_a_body_has_a_size(address: Address) -> None:
    """More than that is cut off."""
    with socket.create_connection(address, timeout=30) as connection:
        connection.sendall(head("/", "Content-Length: 900000000", method="POST"))
        assert statuses(connection.recv(65_536)) == [200]
        with pytest.raises(ConnectionError):
            keep_sending(connection, b"x" * 100_000, 100)


def test_a_rest_that_comes_is_passed_over(address: Address) -> None:
    """The connection serves on."""
    request = head("/", "Content-Length: 100000", method="POST")

    assert statuses(talk(address, request, b"x" * 50_000, b"x" * 50_000 + head("/", CLOSE), pause=0.1)) == [200, 200]


def test_lines_behind_a_body_are_nobodys(address: Address) -> None:
    """However many there are."""
    body = b"1\r\nx\r\n0\r\n" + b"A: b\r\n" * 10_000 + b"\r\n"
    request = head("/read", "Transfer-Encoding: chunked", method="POST")

    assert statuses(talk(address, request + body + head("/", CLOSE))) == [200, 200]


def test_who_takes_nothing_is_gone(hasty: Address) -> None:
    """A reply waits some time, then the connection is cut."""
    with socket.create_connection(hasty, timeout=30) as connection:
        connection.sendall(head("/long"))
        time.sleep(2)
        received = 0
        with suppress(ConnectionError):
            while got := connection.recv(1_000_000):
                received += len(got)

    assert received < 50_000_000


def test_who_takes_slowly_gets_all(address: Address) -> None:
    """As long as something is taken."""
    with socket.create_connection(address, timeout=30) as connection:
        connection.sendall(head("/long", CLOSE))
        received = 0
        while got := connection.recv(1_000_000):
            received += len(got)
            time.sleep(0.001)

    assert received > 50_000_000


def test_nonsense_behind_a_request_ends_the_connection(address: Address) -> None:
    """In the midst of another reply there is no place for a refusal."""
    with socket.create_connection(address, timeout=30) as connection, suppress(ConnectionError):
        connection.sendall(head("/read", "Content-Length: 5", method="POST") + b"x")
        connection.sendall(b"xxxx" + b"\x00nonsense\r\n\r\n")
        while connection.recv(65_536):
            pass

    assert statuses(talk(address, head("/", CLOSE))) == [200]


def test_who_hangs_up_leaves_no_trace(address: Address, caplog: pytest.LogCaptureFixture) -> None:
    """Before, within and after a request: nothing above a debug line."""
    caplog.set_level(logging.DEBUG)
    half_a_body = head("/read", "Content-Length: 9", method="POST") + b"x"
    for sent in (b"", b"GET", head("/"), half_a_body, head("/long"), head("/long") * 3):
        with socket.create_connection(address, timeout=30) as connection:
            connection.sendall(sent)

    assert statuses(talk(address, head("/", CLOSE))) == [200]
    assert [record for record in caplog.records if record.levelno > logging.DEBUG] == []


def test_connections_are_for_one_request_where_others_wait() -> None:
    """Who has one gives it up, so that it goes round."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("model_garden_registry.server.connections.loop.most_here", lambda: 1)
        with served() as address:
            asked = []
            with socket.create_connection(address, timeout=30) as first, socket.create_connection(address) as second:
                for connection in (first, second):
                    connection.sendall(head("/"))
                    reply = connection.recv(65_536)
                    asked.append((statuses(reply), b"connection: close" in reply))

    assert asked == [([200], True), ([200], True)]
