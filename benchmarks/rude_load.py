"""
Proper clients alone, then with misbehaving ones, then both with few file descriptors for the server.

The others are in ``rude_clients``, and what they put in the place of the registry file meanwhile. No polite request may
fail, and what one costs the server may not grow by more than a quarter; the log stays small, without tracebacks, and
memory flat. Proper clients ask for a page of the list, which is as long whatever the file has: what others cost is
measured, and not what longer answers do. It stays on this machine and ends by itself. Linux only: it reads /proc.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from statistics import median

from benchmarks.http_clients import Connection, Stalls, cpu_seconds, resident_bytes, running
from benchmarks.lines import Line, missed
from benchmarks.registries import write_registry
from benchmarks.rude_clients import PREFIX, Files, misbehave
from model_garden_registry.bundled import bundled_registry

POLITE = RUDE = 50
_PAGE = f"{PREFIX}/models?limit=100"
#: Between two requests of a polite client, in seconds.
_POLITE_PAUSE = 0.02
#: Polite answers for each rude deed, so that what is compared does not depend on how fast the machine is.
_POLITE_FOR_RUDE = 40
#: Polite answers while each of the files is in place, for the same reason.
_POLITE_FOR_FILE = 2_000
#: Times that both are measured, in turn: other work on the machine changes what a request costs.
_ROUNDS = 5
#: How long a polite client waits for an answer: as long as people's programs do.
_PATIENCE_SECONDS = 60.0
#: How long the server gets to have read a file, in seconds: on a busy machine that may take minutes.
_READ_SECONDS = 600
_MOST_COST, _MOST_GROWTH, _MOST_LOG_BYTES = 1.25, 1.25, 1_000_000
_FEW_DESCRIPTORS = 64
_MANY_MODELS = 10_000
#: What a person takes for at once.
_NOTICED_SECONDS = 0.1


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
    models = len(json.loads(served.read_bytes())["models"])
    large = write_registry(directory / "large.json", _MANY_MODELS)
    call = ("-m", "model_garden_registry", "serve", "--port", "0", "--registry", str(served))
    logs = directory / "log.txt", directory / "few.txt"
    with running(*call, log=logs[0]) as (pid, port):
        files = Files(served, large)
        asyncio.run(_used_once(port, files, models))
        warm = resident_bytes(pid)
        alone, beside = Outcome(), Outcome()
        ratios = []
        while len(ratios) < _ROUNDS or (files.is_left and not beside.failures):
            cost = _measured(pid, port, seconds / 4 / _ROUNDS, alone)
            ratios.append(_measured(pid, port, seconds / 2 / _ROUNDS, beside, rude=RUDE, files=files) / cost)
            asyncio.run(_until_served(port, models))
        growth = resident_bytes(pid) / warm
    with running(*call, log=logs[1], descriptors=_FEW_DESCRIPTORS) as (pid, port):
        scarce = Outcome()
        _measured(pid, port, seconds / 4, scarce, rude=RUDE)
    outcomes = {"alone": alone, "beside rude ones": beside, f"with {_FEW_DESCRIPTORS} descriptors": scarce}
    for name, outcome in outcomes.items():
        print(f"{POLITE} polite clients {name}: {outcome}")
    log = "".join(path.read_text(encoding="utf-8", errors="replace") for path in logs)
    if wrong := [*_failures(outcomes, log)]:
        raise SystemExit("\n".join(wrong))
    for name in ("alone", "beside rude ones"):
        yield Line("", f"longest stall of the event loop {name} / 100 ms", outcomes[name].stall)
        yield Line("", f"longest answer {name} / 100 ms", outcomes[name].longest_seconds / _NOTICED_SECONDS)
    yield Line("16", "server CPU of a polite request beside rude ones / alone", median(ratios), _MOST_COST)
    yield Line("16", "resident memory afterwards / before", growth, _MOST_GROWTH)
    yield Line("16", f"log, in {_MOST_LOG_BYTES:,} bytes", len(log) / _MOST_LOG_BYTES, 1.0)
    # Of few answers on a slow machine none may fall into the seconds of a broken file.
    yield Line("", "health said degraded while the file was broken", float(beside.health["degraded"] > 0))


def _failures(outcomes: Mapping[str, Outcome], log: str) -> Iterator[str]:
    """Yield what must not happen on any machine."""
    for name, outcome in outcomes.items():
        if outcome.failures:
            yield f"{len(outcome.failures)} polite requests failed {name}: {', '.join(outcome.failures[:3])}"
        if not outcome.answers:
            yield f"no polite request was answered {name}"
    if "Traceback" in log:
        yield f"a traceback in the log:\n{log[-2000:]}"


def _measured(
    pid: int, port: int, seconds: float, outcome: Outcome, *, rude: int = 0, files: Files | None = None
) -> float:
    """Add the results for proper clients to an outcome; return the server's CPU seconds for each of their requests."""
    before, answered = cpu_seconds(pid), outcome.answers.total()
    asyncio.run(_polite_for(seconds, port, outcome, rude=rude, files=files))
    return (cpu_seconds(pid) - before) / max(outcome.answers.total() - answered, 1)


async def _polite_for(
    seconds: float, port: int, outcome: Outcome, *, rude: int = 0, files: Files | None = None
) -> None:
    ended, stalls = asyncio.Event(), Stalls(port)
    stalls.start()
    polite = [asyncio.create_task(_polite(port, outcome, ended)) for _ in range(POLITE)]
    answered = outcome.answers.total
    pace = _POLITE_FOR_RUDE * RUDE
    others = [asyncio.create_task(misbehave(port, number, pace=pace, answered=answered)) for number in range(rude)]
    if files is not None:
        others.append(asyncio.create_task(files.replace(pace=_POLITE_FOR_FILE, answered=answered)))
    await asyncio.sleep(seconds)
    ended.set()
    await asyncio.gather(*polite)
    await stalls.stop()
    outcome.longest_stall_seconds = max(outcome.longest_stall_seconds, stalls.longest_seconds)
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    if files is not None:
        files.restore()


async def _used_once(port: int, files: Files, models: int) -> None:
    """Use everything once: what is needed only then is no growth, and a large file is read as the first one was."""
    await _polite_for(2, port, Outcome())
    files.put_large()
    await _until_served(port, _MANY_MODELS)
    await _polite_for(2, port, Outcome())
    files.restore()
    await _until_served(port, models)
    await _polite_for(2, port, Outcome())


async def _until_served(port: int, models: int) -> None:
    """
    Wait until the server says that it is well and has so many models.

    Raises:
        SystemExit: It does not.
    """
    for _ in range(_READ_SECONDS):
        connection = await Connection.open(port)
        health = json.loads((await connection.get("/health")).content)
        connection.close()
        if health["status"] == "ok" and health["registry"]["models"] == models:
            return
        await asyncio.sleep(1)
    raise SystemExit(f"health does not say ok, with {models} models: {health}")


async def _polite(port: int, outcome: Outcome, ended: asyncio.Event) -> None:
    """Ask for what most ask for, one after the other; a connection that the server ends is opened again."""
    connection: Connection | None = None
    tag = ""
    for target in cycle((_PAGE, _PAGE, f"{PREFIX}/categories", "/health")):
        if ended.is_set():
            break
        headers = f"If-None-Match: {tag}\r\n" if tag else ""
        began = time.monotonic()
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                if connection is not None:
                    reply = await connection.get_again(target, headers)
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
        tag = reply.etag.decode() if target == _PAGE else ""
        if reply.is_last:
            connection.close()
            connection = None
        await asyncio.sleep(_POLITE_PAUSE)
    if connection is not None:
        connection.close()


if __name__ == "__main__":
    raise SystemExit(main())
