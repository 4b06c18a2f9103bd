"""The registry in use, read again when its file changes."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from copy import copy
from dataclasses import replace
from pathlib import Path

from model_garden_registry.errors import RegistryError, RegistryReadError
from model_garden_registry.files.layering import layer_locations
from model_garden_registry.files.location import Location, NamedBy, StrPath, find_layers, given_paths
from model_garden_registry.files.remote_cache import latest, state_path
from model_garden_registry.registry.model_registry import ModelRegistry
from model_garden_registry.server.live.answers import Reading
from model_garden_registry.server.live.office import Office, OfficeClosedError
from model_garden_registry.server.live.snapshots import Snapshot

#: How often the file is checked for changes.
_LOOK_AGAIN_SECONDS = 1.0
#: How long a request waits for that check; then it is answered from the last reading.
_PATIENCE_SECONDS = 2.0
#: Time limit for reading a file, and until the next try.
_OPEN_SECONDS = 30.0

#: Identifies the content of a path: a write changes the times, a replacement the inode.
_Stamp = tuple[int, ...]


class LiveRegistry:
    """
    A registry that follows its files: a request a second after the last check waits for a new one.

    A file that cannot be read, an overlay among them, leaves the last good registry in use, and ``problem`` says why.
    Each reading is done by a process of its own, and each check in a thread of its own: one that hangs is abandoned.

    Args:
        registry: A registry, whose files are followed; or the files of one, the strongest first (see ``load_layers``);
            or the path of one; without it, the file that ``find_registry`` finds.

        seconds: How long the last check is valid.

        clock: Returns the time in seconds.

        open_office: Starts the process that reads a file.
    """

    def __init__(
        self,
        registry: ModelRegistry | Sequence[Location] | StrPath | None = None,
        *,
        seconds: float = _LOOK_AGAIN_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        open_office: Callable[[Sequence[Location]], Office] = Office,
    ) -> None:
        #: Absolute, so that a later change of the working directory does not matter.
        self._locations = _locations_of(registry)
        self.path = self._locations[0].path
        self.problem: RegistryError | None = None
        self._seconds = seconds
        self._clock = clock
        self._open_office = open_office
        self._snapshot: Snapshot | None = None
        self._stamp: tuple[_Stamp | None, ...] | None = None
        self._retry_at = 0.0
        self._current_at = clock()
        self._look_at = 0.0
        self._looking: Future[None] = Future()
        self._look(self._looking)
        self._look_at = clock() + seconds

    @property
    def is_due(self) -> bool:
        """Whether the file should be checked."""
        return self._clock() >= self._look_at

    @property
    def snapshot(self) -> Snapshot | None:
        """The last good reading, without a check of the file; None if there has been none."""
        return self._snapshot

    @property
    def behind_seconds(self) -> float | None:
        """Seconds since the data in use was last known to match the file; None while it matches."""
        age = self._clock() - self._current_at
        is_late = not self._looking.done() and age > _PATIENCE_SECONDS
        return age if is_late or self.problem is not None else None

    async def current(self) -> Snapshot:
        """
        Return the last good reading, after a check of the file if one is due.

        Raises:
            RegistryError: There has been none.
        """
        await self.look()
        if self._snapshot is None:
            assert self.problem is not None  # the reason why nothing was read
            raise copy(self.problem)
        return self._snapshot

    async def look(self) -> None:
        """Check the file if due, and read it if it has changed."""
        if not self.is_due:
            return
        self._look_at = self._clock() + self._seconds
        if self._looking.done():
            looking = self._looking = Future()
            threading.Thread(target=self._look, args=(looking,), name="mgr-look", daemon=True).start()
            await asyncio.wait([asyncio.wrap_future(looking)], timeout=_PATIENCE_SECONDS)

    def look_again(self) -> None:
        """Check the file at the next request."""
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

    def _read(self, stamp: tuple[_Stamp | None, ...]) -> None:
        self._stamp = stamp  # from before reading: a write during reading is a change
        self._locations = tuple(map(_latest, self._locations))
        self._retry_at = 0.0
        office = None
        try:
            office = self._open_office(self._locations)
            reading = office.hand_over(_OPEN_SECONDS)
        except RegistryError as error:
            self.problem = copy(error)
        except TimeoutError:
            self._leave(office, f"was not read within {_OPEN_SECONDS:g} s")
        except OfficeClosedError:
            self._leave(office, "was not read: the process that reads it has ended")
        except OSError as error:  # no descriptors, no memory
            self._leave(office, f"was not read: no process could be started to read it ({error.strerror})")
        else:
            self._take(reading, office)

    def _take(self, reading: Reading, office: Office) -> None:
        """Use a reading, unless it lacks a file that the last one has: then that one stays, as for any broken file."""
        last = None if self._snapshot is None or self._snapshot.is_orphaned else self._snapshot.reading
        known = {error.path for error in (last or reading).left_out}
        lost = next((error for error in reading.left_out if error.path not in known), None)
        self.problem = lost or next(iter(reading.left_out), None)
        if lost is not None:
            office.close()
            return
        self._snapshot = Snapshot(reading, office)
        self._current_at = self._clock()

    def _leave(self, office: Office | None, problem: str) -> None:
        """Keep the last reading, and try again later."""
        if office is not None:
            office.close()
        self._retry_at = self._clock() + _OPEN_SECONDS
        self.problem = RegistryReadError(self.path, problem)

    def _stamp_now(self) -> tuple[_Stamp | None, ...]:
        return tuple(_stamp(_watched(location)) for location in self._locations)


def _watched(location: Location) -> Path:
    """Return the file whose changes tell of a new content: a download never changes, but another takes its place."""
    return state_path(location.path.parent) if location.named_by is NamedBy.REMOTE else location.path


def _latest(location: Location) -> Location:
    return replace(location, path=latest(location.path)) if location.named_by is NamedBy.REMOTE else location


def _stamp(path: Path) -> _Stamp | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _locations_of(registry: ModelRegistry | Sequence[Location] | StrPath | None) -> tuple[Location, ...]:
    """Return the files that may take part, the strongest first, by their absolute paths."""
    if isinstance(registry, ModelRegistry):
        found: Iterable[Location] = layer_locations(registry.layers)
    elif registry is None or isinstance(registry, (str, os.PathLike)):
        found = find_layers(given_paths(registry))
    else:
        found = registry
    return tuple(Location(one.path.absolute(), one.named_by) for one in found)
