"""A limit on connections: others wait in the system's queue, where they take no file descriptor."""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

#: Most concurrent connections; more would only wait for each other.
MOST_CONNECTIONS = 200
#: File descriptors for everything else: files, pipes, libraries.
_OTHER_DESCRIPTORS = 32
#: Fewest connections, however few descriptors there are.
_FEWEST_CONNECTIONS = 4
#: How long to wait after the system had no descriptor or memory for a connection.
_BACK_OFF_SECONDS = 0.25
#: How often that is logged.
_SAID_EVERY_SECONDS = 60.0

_log = logging.getLogger(__name__)


class Gate:
    """
    Accepts the connections of a listening socket, with the interface of an event loop's server.

    Args:
        listening: The socket; closed with the gate.

        protocol: Makes the protocol of a connection.

        most: The most connections.
    """

    def __init__(self, listening: socket.socket, protocol: Callable[[], Any], *, most: int) -> None:
        self._listening = listening
        self._protocol = protocol
        self._free = asyncio.Semaphore(most)
        self._said_at = -_SAID_EVERY_SECONDS
        self._accepting = asyncio.get_running_loop().create_task(self._accept())

    @property
    def sockets(self) -> Sequence[socket.socket]:
        """The listening sockets."""
        return (self._listening,)

    def is_crowded(self) -> bool:
        """Return whether the limit is reached."""
        return self._free.locked()

    def close(self) -> None:
        """Stop accepting; open connections stay."""
        self._accepting.cancel()
        self._listening.close()

    async def wait_closed(self) -> None:
        """Wait until nothing is accepted any more."""
        await asyncio.wait([self._accepting])

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._free.acquire()
            try:
                connection, _ = await loop.sock_accept(self._listening)
                await loop.connect_accepted_socket(self._made, connection)
            except OSError as error:  # no descriptor, no memory, or the client is gone already
                self._free.release()
                self._say(error)
                await asyncio.sleep(_BACK_OFF_SECONDS)

    def _made(self) -> Any:
        protocol = self._protocol()
        protocol.is_crowded = self.is_crowded
        protocol.when_lost = self._free.release
        return protocol

    def _say(self, error: OSError) -> None:
        if time.monotonic() - self._said_at >= _SAID_EVERY_SECONDS:
            self._said_at = time.monotonic()
            _log.warning("cannot accept a connection: %s; trying on", error.strerror or error)


def most_here() -> int:
    """Return how many connections this process has descriptors for, within the bound."""
    if sys.platform == "win32":  # whose sockets are no descriptors
        return MOST_CONNECTIONS
    import resource

    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most == resource.RLIM_INFINITY:
        return MOST_CONNECTIONS
    return max(_FEWEST_CONNECTIONS, min(MOST_CONNECTIONS, most - _OTHER_DESCRIPTORS))
