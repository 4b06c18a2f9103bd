"""The hardware of this machine, read at most every few seconds, in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from model_garden_registry.hardware.driver.probe import read_hardware
from model_garden_registry.hardware.gpus import Hardware

#: How long a reading is valid: free memory changes, but slowly enough for a page.
_FRESH_SECONDS = 5.0


class HardwareCache:
    """
    The last reading of this machine.

    Requests during a reading wait for its result: a driver that hangs blocks one thread, and none
    of those that answer other requests.

    Args:
        read: Reads it.

        seconds: How long a reading is valid.

        clock: Returns the time in seconds.
    """

    def __init__(
        self,
        read: Callable[[], Hardware] = read_hardware,
        *,
        seconds: float = _FRESH_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._executor = ThreadPoolExecutor(1, "mgr-hardware")
        self._reading: Future[Hardware] | None = None
        self._stale_at = 0.0

    async def current(self) -> Hardware:
        """Return a valid reading."""
        return await asyncio.shield(
            asyncio.wrap_future(self._latest())
        )  # a client that disconnects does not cancel it for others

    def _latest(self) -> Future[Hardware]:
        with self._lock:
            reading = self._reading
            if reading is None or (reading.done() and self._clock() >= self._stale_at):
                reading = self._reading = self._executor.submit(self._timed)
        return reading

    def _timed(self) -> Hardware:
        hardware = self._read()
        self._stale_at = self._clock() + self._seconds
        return hardware
