"""An event loop whose servers have a gate."""

from __future__ import annotations

import asyncio
import socket

from model_garden_registry.server.connections.gate import Gate
from model_garden_registry.server.connections.loop import GatedLoop
from model_garden_registry.server.serving import listen


def test_a_server_has_a_gate() -> None:
    """At the socket that was given, whatever it was taken for."""
    given = listen("127.0.0.1", 0)
    address = given.getsockname()
    given = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, fileno=given.detach())

    async def serve() -> tuple[bool, object]:
        gate = await asyncio.get_running_loop().create_server(asyncio.Protocol, sock=given)
        (listening,) = gate.sockets
        found = listening.getsockname()
        gate.close()
        await gate.wait_closed()
        return isinstance(gate, Gate), found

    with asyncio.Runner(loop_factory=GatedLoop) as runner:
        assert runner.run(serve()) == (True, address)
