"""
Misbehaving clients, and contents that do not belong in the place of a registry file.

The clients send half heads, close within bodies, send nonsense, do not read responses, and ask what fits on GPUs
without a cached answer. The file is replaced by ten thousand entries, a pipe, a device without end, and nonsense.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import cycle
from pathlib import Path

PREFIX = "/api/v1/registry"
#: How long a deed may take, in seconds.
_DEED_SECONDS = 12.0
#: How often a count of answers is looked at, in seconds.
_LOOK_SECONDS = 0.05

Rudeness = Callable[[int, int], Awaitable[None]]


async def misbehave(port: int, number: int, *, pace: int, answered: Callable[[], int]) -> None:
    """
    Do one thing again and again, until cancelled.

    Args:
        number: Which client it is, which chooses what it does.

        pace: Answers to proper clients between two deeds, on average: their share does not depend on the machine then.

        answered: Returns how many answers proper clients have had.
    """
    deeds: tuple[Rudeness, ...] = (_half_a_head, _half_a_body, _nonsense, _takes_nothing, _new_gpu)
    dice = random.Random(number)
    while True:
        at = answered() + 2 * dice.random() * pace
        while answered() < at:
            await asyncio.sleep(_LOOK_SECONDS)
        with suppress(OSError, EOFError, TimeoutError, asyncio.IncompleteReadError):
            async with asyncio.timeout(_DEED_SECONDS):
                await deeds[number % len(deeds)](port, dice.randrange(1_000_000))


async def _half_a_head(port: int, _: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
    await reader.read()
    writer.close()


async def _half_a_body(port: int, size: int) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    fields = f"Host: localhost\r\nContent-Type: application/json\r\nContent-Length: {size + 9}"
    writer.write(f"POST {PREFIX}/validate/training HTTP/1.1\r\n{fields}\r\n\r\n{{".encode())
    await writer.drain()
    writer.transport.abort()


async def _nonsense(port: int, seed: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(random.Random(seed).randbytes(200) + b"\r\n\r\n")
    await reader.read()
    writer.close()


async def _takes_nothing(port: int, _: int) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {PREFIX}/models HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() * 10)
    await asyncio.sleep(3)
    writer.transport.abort()


async def _new_gpu(port: int, number: int) -> None:
    """Send slow requests, and close before the answer about half of the time."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    target = f"{PREFIX}/models?gpu={16 + number % 60}GiB:{1 + number % 1024}&offset={number}"
    writer.write(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    with suppress(TimeoutError):
        async with asyncio.timeout(number % 4 / 2):
            await reader.read(1)
    writer.transport.abort()


class Files:
    """Contents put in place of the registry file, in turn."""

    def __init__(self, served: Path, large: Path) -> None:
        self._served, self._good, self._large = served, served.read_bytes(), large
        self._kinds = cycle((self.put_large, self._put_pipe, self._put_device, self._put_nonsense, self.restore))
        self._left = 5

    @property
    def is_left(self) -> bool:
        """Whether a kind has not been in place yet."""
        return self._left > 0

    async def replace(self, *, pace: int, answered: Callable[[], int]) -> None:
        """
        Put one after the other in place, until cancelled; the next call goes on from there.

        Args:
            pace: Answers to proper clients while each of them is in place.

            answered: Returns how many answers proper clients have had.
        """
        for put in self._kinds:
            put()
            at = answered() + pace
            while answered() < at:
                await asyncio.sleep(_LOOK_SECONDS)
            self._left -= 1

    def restore(self) -> None:
        """Put the good file back."""
        self._put(lambda path: path.write_bytes(self._good))

    def put_large(self) -> None:
        self._put(lambda path: path.hardlink_to(self._large))

    def _put_pipe(self) -> None:
        self._put(os.mkfifo)

    def _put_device(self) -> None:
        self._put(lambda path: path.symlink_to("/dev/zero"))

    def _put_nonsense(self) -> None:
        self._put(lambda path: path.write_bytes(self._good[: len(self._good) // 2]))

    def _put(self, make: Callable[[Path], object]) -> None:
        fresh = self._served.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        make(fresh)
        fresh.replace(self._served)
