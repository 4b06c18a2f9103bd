"""
Proper clients alone, then with misbehaving ones, then both with few file descriptors for the server.

Misbehaving clients send half heads, close within bodies, send nonsense, do not read responses, and ask what
fits on GPUs without a cached answer; meanwhile the registry file is replaced by ten thousand entries, a pipe, a
device without end, and nonsense. No polite request may fail, and what one costs the server may not grow by more than a
quarter; the log stays small, without tracebacks, and memory flat. What depends on the machine is measured up to three
times. It stays on this machine and ends by itself. Linux only: it reads /proc.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

from benchmarks.http_clients import Connection, Reply, Stalls, cpu_seconds, resident_bytes, running
from benchmarks.lines import Line, missed
from benchmarks.registries import write_registry
from model_garden_registry.bundled import bundled_registry

PREFIX = "/api/v1/registry"
POLITE = RUDE = 50
#: Between two requests of a polite client, in seconds.
_POLITE_PAUSE = 0.02
#: Polite answers for each rude deed, so that what is compared does not depend on how fast the machine is.
_POLITE_FOR_RUDE = 40
#: How long a polite client waits for an answer: as long as people's programs do.
_PATIENCE_SECONDS = 60.0
#: How long each file stays in place.
_FILE_SECONDS = 3.0
_MOST_COST, _MOST_GROWTH, _MOST_LOG_BYTES = 1.25, 1.25, 1_000_000
_FEW_DESCRIPTORS = 64
#: What a person takes for at once.
_NOTICED_SECONDS = 0.1

Rudeness = Callable[[int, int], Awaitable[None]]


@dataclass
class Outcome:
    """Results of proper clients: answers by status, failures, the longest answer; and the longest stall of the loop."""

    answers: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    longest_seconds: float = 0.0
    health: Counter[str] = field(default_factory=Counter)
    longest_stall_seconds: float = 0.0
    asked_again: int = 0

    @property
    def stall(self) -> float:
        """The longest stall, in what a person notices."""
        return self.longest_stall_seconds / _NOTICED_SECONDS

    def __str__(self) -> str:
        again = f"asked again on a new connection {self.asked_again}"
        return f"{dict(self.answers)}, failed {len(self.failures)}, {again}; health {dict(self.health)}"


def main() -> int:
    """Run it; exit 1 if a proper request fails, or if three runs in a row miss a goal."""
    parser = argparse.ArgumentParser(prog="benchmarks.rude_load", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        return int(bool(missed("misbehaving clients", lambda: _lines(Path(directory), options.seconds))))


def _lines(directory: Path, seconds: float) -> Iterator[Line]:
    """
    Yield what depends on the machine, with its limits.

    Raises:
        SystemExit: Something happened that must not happen on any machine.
    """
    served = directory / "models_registry.json"
    served.write_bytes(bundled_registry().read_bytes())
    large = write_registry(directory / "large.json", 10_000)
    call = ("-m", "model_garden_registry", "serve", "--port", "0", "--registry", str(served))
    logs = directory / "log.txt", directory / "few.txt"
    with running(*call, log=logs[0]) as (pid, port):
        asyncio.run(_polite_for(2, port))  # everything has been used once
        alone, alone_cost = _measured(pid, port, seconds / 4, rude=0)
        files = _Files(served, large)
        files.put_large()
        asyncio.run(_polite_for(_FILE_SECONDS, port))
        files.restore()
        warm = resident_bytes(pid)
        beside, cost = _measured(pid, port, seconds / 2, rude=RUDE, files=files)
        is_well = asyncio.run(_is_well(port))
        growth = resident_bytes(pid) / warm
    with running(*call, log=logs[1], descriptors=_FEW_DESCRIPTORS) as (pid, port):
        scarce, _ = _measured(pid, port, seconds / 4, rude=RUDE)
    outcomes = {"alone": alone, "beside rude ones": beside, f"with {_FEW_DESCRIPTORS} descriptors": scarce}
    for name, outcome in outcomes.items():
        print(f"{POLITE} polite clients {name}: {outcome}")
    log = "".join(path.read_text(encoding="utf-8", errors="replace") for path in logs)
    if wrong := [*_failures(outcomes, log, is_well=is_well)]:
        raise SystemExit("\n".join(wrong))
    for name in ("alone", "beside rude ones"):
        yield Line("", f"longest stall of the event loop {name} / 100 ms", outcomes[name].stall)
        yield Line("", f"longest answer {name} / 100 ms", outcomes[name].longest_seconds / _NOTICED_SECONDS)
    # Each rude client begins with a deed, whatever the machine: of fewer answers those would be more than their share.
    is_enough = beside.answers.total() >= RUDE * _POLITE_FOR_RUDE
    limit = _MOST_COST if is_enough else None
    yield Line("16", "server CPU of a polite request beside rude ones / alone", cost / alone_cost, limit)
    yield Line("16", "resident memory afterwards / before", growth, _MOST_GROWTH)
    yield Line("16", f"log, in {_MOST_LOG_BYTES:,} bytes", len(log) / _MOST_LOG_BYTES, 1.0)
    # Of few answers on a slow machine none may fall into the seconds of a broken file.
    yield Line("", "health said degraded while the file was broken", float(beside.health["degraded"] > 0))


def _failures(outcomes: Mapping[str, Outcome], log: str, *, is_well: bool) -> Iterator[str]:
    """Yield what must not happen on any machine."""
    for name, outcome in outcomes.items():
        if outcome.failures:
            yield f"{len(outcome.failures)} polite requests failed {name}: {', '.join(outcome.failures[:3])}"
        if not outcome.answers:
            yield f"no polite request was answered {name}"
    if "Traceback" in log:
        yield f"a traceback in the log:\n{log[-2000:]}"
    if not is_well:
        yield "health does not say ok again once the file is well"


def _measured(pid: int, port: int, seconds: float, *, rude: int, files: _Files | None = None) -> tuple[Outcome, float]:
    """Return the result for proper clients, and the server's CPU seconds for each of their requests."""
    before = cpu_seconds(pid)
    outcome = asyncio.run(_polite_for(seconds, port, rude=rude, files=files))
    return outcome, (cpu_seconds(pid) - before) / max(sum(outcome.answers.values()), 1)


async def _polite_for(seconds: float, port: int, *, rude: int = 0, files: _Files | None = None) -> Outcome:
    outcome, ended = Outcome(), asyncio.Event()
    stalls = Stalls(port)
    stalls.start()
    polite = [asyncio.create_task(_polite(port, outcome, ended)) for _ in range(POLITE)]
    others = [asyncio.create_task(_rude(port, number, outcome)) for number in range(rude)]
    if files is not None:
        others.append(asyncio.create_task(files.replace()))
    await asyncio.sleep(seconds)
    ended.set()
    await asyncio.gather(*polite)
    await stalls.stop()
    outcome.longest_stall_seconds = stalls.longest_seconds
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    if files is not None:
        files.restore()
    return outcome


async def _is_well(port: int) -> bool:
    """Return whether the server reports within a minute that it serves the content of the file."""
    for _ in range(60):
        connection = await Connection.open(port)
        reply = await connection.get("/health")
        connection.close()
        if json.loads(reply.content)["status"] == "ok":
            return True
        await asyncio.sleep(1)
    return False


async def _polite(port: int, outcome: Outcome, ended: asyncio.Event) -> None:
    """Ask for what most ask for, one after the other; a connection that the server ends is opened again."""
    connection: Connection | None = None
    tag = ""
    for target in cycle((f"{PREFIX}/models", f"{PREFIX}/models", f"{PREFIX}/categories", "/health")):
        if ended.is_set():
            break
        headers = f"If-None-Match: {tag}\r\n" if tag else ""
        began = time.monotonic()
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                if connection is not None:
                    reply = await _asked_again(connection, target, headers)
                    outcome.asked_again += reply is None
                if connection is None or reply is None:
                    connection = await Connection.open(port)
                    reply = await connection.get(target, headers)
        except (OSError, EOFError, TimeoutError) as error:
            outcome.failures.append(f"{target}: {type(error).__name__} {error}"[:200])
            connection = None
            continue
        outcome.longest_seconds = max(outcome.longest_seconds, time.monotonic() - began)
        outcome.answers[reply.status] += 1
        if reply.status not in (200, 304):
            outcome.failures.append(f"{target}: {reply.status}")
        if target == "/health" and reply.status == 200:
            outcome.health[json.loads(reply.content)["status"]] += 1
        tag = reply.etag.decode() if target.endswith("/models") else ""
        if reply.is_last:
            connection.close()
            connection = None
        await asyncio.sleep(_POLITE_PAUSE)
    if connection is not None:
        connection.close()


async def _asked_again(connection: Connection, target: str, headers: str) -> Reply | None:
    """
    Ask on a connection that has served before; None if the server had ended it meanwhile, as idle ones are.

    A client asks anew then (RFC 9112, 9.3.1): that is no failure, but counted.
    """
    try:
        return await connection.get(target, headers)
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise
    except ConnectionResetError:
        pass
    return None


async def _rude(port: int, number: int, outcome: Outcome) -> None:
    deeds: tuple[Rudeness, ...] = (_half_a_head, _half_a_body, _nonsense, _takes_nothing, _new_gpu)
    dice = random.Random(number)
    while True:
        with suppress(OSError, EOFError, TimeoutError, asyncio.IncompleteReadError):
            async with asyncio.timeout(12):
                await deeds[number % len(deeds)](port, dice.randrange(1_000_000))
        again_at = outcome.answers.total() + 2 * dice.random() * _POLITE_FOR_RUDE * RUDE
        while outcome.answers.total() < again_at:
            await asyncio.sleep(0.05)


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


class _Files:
    """Contents put in place of the registry file, in turn."""

    def __init__(self, served: Path, large: Path) -> None:
        self._served, self._good, self._large = served, served.read_bytes(), large

    async def replace(self) -> None:
        """Put one after the other in place, until cancelled."""
        for put in cycle((self.put_large, self._put_pipe, self._put_device, self._put_nonsense, self.restore)):
            put()
            await asyncio.sleep(_FILE_SECONDS)

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


if __name__ == "__main__":
    raise SystemExit(main())
