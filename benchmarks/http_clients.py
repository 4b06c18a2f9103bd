"""Keep-alive clients that speak just enough HTTP, so that what is measured is the server."""

from __future__ import annotations

import asyncio
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

#: The clock of a process is its number, inverted, with the kind in the last three bits (clock_getcpuclockid(3)).
_SCHEDULED = 2


@dataclass(frozen=True, slots=True)
class Reply:
    """A response: status, entity tag, content, and whether the server closes the connection."""

    status: int
    etag: bytes
    content: bytes
    is_last: bool = False


class Connection:
    """One connection, kept open."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, port: int) -> Connection:
        """Connect to this machine."""
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def get(self, target: str, headers: str = "") -> Reply:
        """Send a request and return the whole response."""
        self._writer.write(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n".encode())
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        etag = re.search(rb"(?i)etag: ([^\r]+)", head)
        content = await self._reader.readexactly(int(length[1])) if length else b""
        is_last = b"connection: close" in head
        return Reply(int(head.split(b" ", 2)[1]), etag[1] if etag else b"", content, is_last)

    async def get_again(self, target: str, headers: str = "") -> Reply | None:
        """
        Send a request on a connection that has served before; None if the server had ended it, as it does idle ones.

        A client asks anew then (RFC 9112, 9.3.1): that is no failure, but counted.
        """
        try:
            return await self.get(target, headers)
        except asyncio.IncompleteReadError as error:
            if error.partial:
                raise
        except ConnectionResetError:
            pass
        return None

    def close(self) -> None:
        """Close the connection."""
        self._writer.close()


class Stalls:
    """
    The longest stall of a server's event loop, by a request for a missing path, which waits for nothing else.

    A process of its own asks, so that what other clients do does not count. A machine with other work adds pauses.

    Args:
        port: Of the server.
    """

    def __init__(self, port: int) -> None:
        self.longest_seconds = 0.0
        self._call = (sys.executable, "-m", "benchmarks.stalls", str(port))
        self._asking: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Ask again and again, every ten milliseconds."""
        self._asking = subprocess.Popen(self._call, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    async def stop(self) -> None:
        """Ask no more."""
        if self._asking is not None:
            said, _ = await asyncio.to_thread(self._asking.communicate)
            self.longest_seconds = max(self.longest_seconds, float(said))
            self._asking = None


@contextmanager
def running(*call: str, log: Path | None = None, descriptors: int | None = None) -> Iterator[tuple[int, int]]:
    """
    Run a server that prints its address on stderr; yield its process id and port.

    Args:
        log: Where stderr goes; nowhere behind that line without it.

        descriptors: How many it may have.
    """
    with tempfile.TemporaryDirectory() as directory:
        errors = log or Path(directory, "stderr.txt")
        with (
            errors.open("wb") as stderr,
            subprocess.Popen([sys.executable, *call], stderr=stderr) as process,
        ):
            if descriptors is not None:
                resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (descriptors, descriptors))
            try:
                yield process.pid, _port_said(process, errors, call)
            finally:
                process.kill()


def _port_said(process: subprocess.Popen[bytes], errors: Path, call: tuple[str, ...]) -> int:
    while True:
        has_ended = process.poll() is not None
        said = errors.read_text(encoding="utf-8", errors="replace")
        if match := re.search(r"http://127\.0\.0\.1:(\d+)\D", said):
            return int(match[1])
        if has_ended:
            raise SystemExit(f"{' '.join(call)}: {said}")
        time.sleep(0.05)


def cpu_seconds(pid: int) -> float:
    """Return user and system time of all threads of a process so far, by the scheduler's own count (Linux)."""
    return time.clock_gettime(~pid << 3 | _SCHEDULED)


def resident_bytes(pid: int) -> int:
    """Return the resident memory of a process (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    kilobytes = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(kilobytes[1]) * 1024 if kilobytes else 0


async def cpu_per_request(pid: int, port: int, request: tuple[str, str], *, clients: int, times: int) -> float:
    """Return the CPU seconds that a server spends on a request, which it gets so often from each of some clients."""
    connections = [await Connection.open(port) for _ in range(clients)]
    await asyncio.gather(*(connection.get(*request) for connection in connections))
    before = cpu_seconds(pid)

    async def ask(connection: Connection) -> None:
        for _ in range(times):
            reply = await connection.get(*request)
            if reply.status not in (200, 304):
                raise SystemExit(f"{request}: {reply.status}")

    await asyncio.gather(*map(ask, connections))
    spent = cpu_seconds(pid) - before
    for connection in connections:
        connection.close()
    return spent / (times * clients)
