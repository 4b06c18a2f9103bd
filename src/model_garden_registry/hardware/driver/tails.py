"""Output of another process: read as long as it prints, so that it never blocks, with only the end kept."""

from __future__ import annotations

import os
import threading
from typing import IO

#: The capacity of a pipe. Source: pipe(7).
_PIECE = 65_536


class Tail:
    """
    The last bytes that come through a pipe.

    A separate thread reads and closes the pipe, however long the other end stays open.

    Args:
        most_bytes: Bytes to keep.
    """

    def __init__(self, pipe: IO[bytes], *, most_bytes: int) -> None:
        self._pipe = pipe
        self._most_bytes = most_bytes
        self._kept = bytearray()
        self._thread = threading.Thread(target=self._read, name="mgr reader", daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with self._pipe:
            while piece := os.read(self._pipe.fileno(), _PIECE):
                self._kept += piece
                del self._kept[: -self._most_bytes]

    def content(self, *, wait_seconds: float) -> bytes:
        """Return the kept bytes when the other end is closed, or when the time is over."""
        self._thread.join(wait_seconds)
        return bytes(self._kept)


def feed(pipe: IO[bytes], content: bytes) -> None:
    """Write to a pipe and close it, in a thread: the reader may hang, or be gone."""

    def write() -> None:
        try:
            with pipe:
                pipe.write(content)
        except OSError:
            return  # the reader's exit tells why

    threading.Thread(target=write, name="mgr writer", daemon=True).start()
