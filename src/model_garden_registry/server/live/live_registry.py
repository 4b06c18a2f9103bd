"""The registry in use, read again when its file changes."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from copy import copy
from pathlib import Path

from model_garden_registry.errors import RegistryError
from model_garden_registry.files.location import StrPath, find_registry
from model_garden_registry.registry.model_registry import ModelRegistry
from model_garden_registry.server.live.snapshots import Snapshot

#: How long a change of the file may go unnoticed.
_LOOK_AGAIN_SECONDS = 1.0

#: What tells one content of a path from the next: a write changes the times, a replacement the file itself.
_Stamp = tuple[int, ...]


class LiveRegistry:
    """
    A registry that follows its file: a request that comes a second after the last look waits for a new one.

    A file that cannot be read leaves the last good registry in use, and ``problem`` says why. Looking happens in a
    thread; all other requests meanwhile get what there was before.

    Args:
        registry: A registry, whose file is followed, or the path of one; without it, the file that ``find_registry``
            finds.

        seconds: How long the last look counts.

        clock: Tells the time in seconds.
    """

    def __init__(
        self,
        registry: ModelRegistry | StrPath | None = None,
        *,
        seconds: float = _LOOK_AGAIN_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        given = registry if isinstance(registry, ModelRegistry) else None
        #: Another working directory later does not change which file is meant.
        self.path = _path_of(registry).absolute()
        self._seconds = seconds
        self._clock = clock
        self._look_at = clock() + seconds
        self._looking = threading.Lock()
        self._snapshot = Snapshot(given) if given is not None else None
        self.problem: RegistryError | None = None
        self._stamp: _Stamp | None = None
        if given is None:
            self._read()
        else:
            self._stamp = self._stamp_now()

    @property
    def is_due(self) -> bool:
        """Whether the file should be looked at."""
        return self._clock() >= self._look_at

    @property
    def snapshot(self) -> Snapshot | None:
        """The last good reading, without a look at the file; None where there has been none."""
        return self._snapshot

    async def current(self) -> Snapshot:
        """
        Give the last good reading, after a look at the file where one is due.

        Raises:
            RegistryError: There has been none.
        """
        await self.look()
        if self._snapshot is None:
            assert self.problem is not None  # nothing was read, and that is why
            raise copy(self.problem)
        return self._snapshot

    async def look(self) -> None:
        """Look at the file where that is due, and read it if it has changed."""
        if self.is_due:
            self._look_at = self._clock() + self._seconds
            await asyncio.to_thread(self._look)

    def _look(self) -> None:
        if not self._looking.acquire(blocking=False):
            return
        try:
            if self._stamp_now() != self._stamp:
                self._read()
        finally:
            self._looking.release()

    def _read(self) -> None:
        self._stamp = self._stamp_now()  # before reading: what is written meanwhile is a change
        try:
            self._snapshot = Snapshot(ModelRegistry(self.path))
            self.problem = None
        except RegistryError as error:
            self.problem = copy(error)  # without the traceback, which would keep all that was read

    def _stamp_now(self) -> _Stamp | None:
        try:
            status = self.path.stat()
        except OSError:
            return None
        return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _path_of(registry: ModelRegistry | StrPath | None) -> Path:
    return registry.path if isinstance(registry, ModelRegistry) else find_registry(registry).path
