"""A limit on the number of connections."""

from __future__ import annotations

import asyncio
import errno
import resource
import socket
from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry.server.connections import gate as gate_module
from model_garden_registry.server.connections.gate import Gate, most_here
from model_garden_registry.server.serving import listen


class Echo(asyncio.Protocol):
    """Says each who comes, and keeps him."""

    when_lost: Callable[[], None]
    is_crowded: Callable[[], bool]
    transport: asyncio.Transport

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(b"in")

    def connection_lost(self, _: Exception | None) -> None:
        self.when_lost()


def listening_socket() -> socket.socket:
    listening = listen("127.0.0.1", 0)
    listening.settimeout(0)
    return listening


async def comes_in(connection: socket.socket, seconds: float) -> bool:
    """Return whether a connection is taken within some time."""
    try:
        async with asyncio.timeout(seconds):
            return await asyncio.get_running_loop().sock_recv(connection, 2) == b"in"
    except TimeoutError:
        return False


def connected(listening: socket.socket) -> socket.socket:
    connection = socket.create_connection(listening.getsockname())
    connection.settimeout(0)
    return connection


def test_who_finds_no_place_waits_outside() -> None:
    """Until somebody leaves; nobody is sent away."""

    async def visit() -> tuple[list[bool], bool, bool]:
        listening = listening_socket()
        gate = Gate(listening, Echo, most=2)
        visitors = [connected(listening) for _ in range(3)]
        taken = [await comes_in(visitor, 0.3) for visitor in visitors]
        is_crowded = gate.is_crowded()
        visitors[0].close()
        later = await comes_in(visitors[2], 10)
        for visitor in visitors[1:]:
            visitor.close()
        gate.close()
        await gate.wait_closed()
        return taken, is_crowded, later

    assert asyncio.run(visit()) == ([True, True, False], True, True)


def test_running_out_of_descriptors_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Said once in a while; then it goes on."""
    monkeypatch.setattr(gate_module, "_BACK_OFF_SECONDS", 0.01)

    async def visit() -> bool:
        listening, loop = listening_socket(), asyncio.get_running_loop()
        accept, failures = loop.sock_accept, [OSError(errno.EMFILE, "Too many open files")] * 3

        async def scarce(sock: socket.socket) -> Any:
            if failures:
                raise failures.pop()
            return await accept(sock)

        monkeypatch.setattr(loop, "sock_accept", scarce)
        gate = Gate(listening, Echo, most=1)
        with connected(listening) as visitor:
            taken = await comes_in(visitor, 10)
        gate.close()
        return taken

    assert asyncio.run(visit()) is True
    assert [record.getMessage() for record in caplog.records if record.name == gate_module.__name__] == [
        "cannot accept a connection: Too many open files; trying on"
    ]


@pytest.mark.parametrize(
    ("limit", "most"), [(64, 32), (20, 4), (1024, 200), (resource.RLIM_INFINITY, 200)], ids=["64", "20", "1024", "none"]
)
def test_there_are_as_many_as_have_descriptors(limit: int, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some are for everything else."""
    monkeypatch.setattr(resource, "getrlimit", lambda _: (limit, limit))

    assert most_here() == most


def test_windows_has_no_such_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its sockets are no descriptors."""
    monkeypatch.setattr("sys.platform", "win32")

    assert most_here() == 200
