"""The registry in use, read again when its file changes."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from copy import copy
from pathlib import Path

from model_garden_registry.errors import RegistryError, RegistryReadError
from model_garden_registry.files.location import StrPath, find_registry
from model_garden_registry.registry.model_registry import ModelRegistry
from model_garden_registry.server.live.office import Office, OfficeClosedError
from model_garden_registry.server.live.snapshots import Snapshot

#: How long a change of the file may go unnoticed.
_LOOK_AGAIN_SECONDS = 1.0
#: How long a request waits for the file to be looked at; then it is answered from what there was.
_PATIENCE_SECONDS = 2.0
#: A file that is not read by then is left, and tried again as much later.
_OPEN_SECONDS = 30.0

#: What tells one content of a path from the next: a write changes the times, a replacement the file itself.
_Stamp = tuple[int, ...]


class LiveRegistry:
    """
    A registry that follows its file: a request that comes a second after the last look waits for a new one.

    A file that cannot be read leaves the last good registry in use, and ``problem`` says why. Each reading is done by a
    process of its own, and looking in a thread that nobody has to wait for: one that hangs is left behind.

    Args:
        registry: A registry, whose file is followed, or the path of one; without it, the file that ``find_registry``
            finds.

        seconds: How long the last look counts.

        clock: Tells the time in seconds.

        open_office: Starts the process that reads a file.
    """

    def __init__(
        self,
        registry: ModelRegistry | StrPath | None = None,
        *,
        seconds: float = _LOOK_AGAIN_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        open_office: Callable[[Path], Office] = Office,
    ) -> None:
        #: Another working directory later does not change which file is meant.
        self.path = _path_of(registry).absolute()
        self.problem: RegistryError | None = None
        self._seconds = seconds
        self._clock = clock
        self._open_office = open_office
        self._snapshot: Snapshot | None = None
        self._stamp: _Stamp | None = None
        self._retry_at = 0.0
        self._current_at = clock()
        self._look_at = 0.0
        self._looking: Future[None] = Future()
        self._look(self._looking)
        self._look_at = clock() + seconds

    @property
    def is_due(self) -> bool:
        """Whether the file should be looked at."""
        return self._clock() >= self._look_at

    @property
    def snapshot(self) -> Snapshot | None:
        """The last good reading, without a look at the file; None where there has been none."""
        return self._snapshot

    @property
    def behind_seconds(self) -> float | None:
        """How long it has not been known that what is in use is what the file says; None while it is known."""
        age = self._clock() - self._current_at
        is_late = not self._looking.done() and age > _PATIENCE_SECONDS
        return age if is_late or self.problem is not None else None

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
        if not self.is_due:
            return
        self._look_at = self._clock() + self._seconds
        if self._looking.done():
            looking = self._looking = Future()
            threading.Thread(target=self._look, args=(looking,), name="mgr-look", daemon=True).start()
            await asyncio.wait([asyncio.wrap_future(looking)], timeout=_PATIENCE_SECONDS)

    def look_again(self) -> None:
        """Look at the file when somebody asks next."""
        self._look_at = 0.0

    def _look(self, looking: Future[None]) -> None:
        try:
            stamp = self._stamp_now()
            is_lost = self._snapshot is not None and self._snapshot.is_orphaned
            is_retried = stamp == self._stamp and 0 < self._retry_at <= self._clock()
            if stamp != self._stamp or is_lost or is_retried or (self._snapshot is None and self.problem is None):
                self._read(stamp)
            elif self.problem is None:
                self._current_at = self._clock()
        finally:
            looking.set_result(None)

    def _read(self, stamp: _Stamp | None) -> None:
        self._stamp = stamp  # of before reading: what is written meanwhile is a change
        self._retry_at = 0.0
        office = None
        try:
            office = self._open_office(self.path)
            reading = office.opened.result(_OPEN_SECONDS)
        except RegistryError as error:
            self.problem = copy(error)
        except TimeoutError:
            self._leave(office, f"was not read within {_OPEN_SECONDS:g} s")
        except OfficeClosedError:
            self._leave(office, "was not read: the process that reads it has ended")
        except OSError as error:  # no descriptors, no memory
            self._leave(office, f"was not read: no process could be started to read it ({error.strerror})")
        else:
            self._snapshot, self.problem = Snapshot(reading, office), None
            self._current_at = self._clock()

    def _leave(self, office: Office | None, problem: str) -> None:
        """Go on without what could not be read, and try again later."""
        if office is not None:
            office.close()
        self._retry_at = self._clock() + _OPEN_SECONDS
        self.problem = RegistryReadError(self.path, problem)

    def _stamp_now(self) -> _Stamp | None:
        try:
            status = self.path.stat()
        except OSError:
            return None
        return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _path_of(registry: ModelRegistry | StrPath | None) -> Path:
    return registry.path if isinstance(registry, ModelRegistry) else find_registry(registry).path
