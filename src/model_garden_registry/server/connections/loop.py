"""An event loop whose servers have a gate: uvloop's if installed, else the system's own."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from model_garden_registry.server.connections.gate import Gate, most_here

if TYPE_CHECKING:
    _Loop = asyncio.SelectorEventLoop
else:
    try:
        from uvloop import Loop as _Loop
    except ModuleNotFoundError:  # Windows has none
        _Loop = getattr(asyncio, "ProactorEventLoop", asyncio.SelectorEventLoop)


class GatedLoop(_Loop):
    """A loop that limits the number of connections."""

    async def create_server(  # type: ignore[override]  # one of its many forms
        self, protocol_factory: Callable[[], Any], *, sock: socket.socket, **_: Any
    ) -> Gate:
        """Return the gate of a socket that is listening already."""
        listening = socket.socket(fileno=sock.detach())  # with its real address family
        listening.settimeout(0)
        return Gate(listening, protocol_factory, most=most_here())
