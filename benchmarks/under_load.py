"""
Many keep-alive clients while the registry file is replaced again and again, sometimes by a broken one.

No request may fail, no body may be torn, and memory may not grow; that is measured up to three times. It stays on this
machine and ends by itself. Linux only: it reads /proc.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import cycle
from pathlib import Path

from benchmarks.http_clients import Connection, resident_bytes, running
from benchmarks.lines import Line, missed
from model_garden_registry import ModelRegistry, RegistryError
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.server.live.answers import EntryWanted
from model_garden_registry.server.live.clerk import Clerk

PREFIX = "/api/v1/registry"
REPLACEMENTS = 20
BROKEN = 5
#: Memory is compared with what it was after so many replacements: by then everything has been used once.
_WARM = 5
_MOST_GROWTH = 1.1

Digest = bytes


def main() -> int:
    """Run it; exit 1 if a request fails, or if memory grows in three runs in a row."""
    parser = argparse.ArgumentParser(prog="benchmarks.under_load", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--clients", type=int, default=100)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        path, versions = Path(directory, "models_registry.json"), _versions()
        known = _known_bodies(path, versions)
        run = partial(_lines, path, versions, known, seconds=options.seconds, clients=options.clients)
        return int(bool(missed("replaced files", run)))


def _versions() -> list[bytes]:
    """Return the contents to put in place, one after the other: each names its first model differently."""
    document = json.loads(bundled_registry().read_bytes())
    contents = []
    for number in range(REPLACEMENTS + 1):
        next(iter(document["models"].values()))["name"] = f"Version {number}"
        text = json.dumps(document).encode()
        is_broken = number > 0 and number % (REPLACEMENTS // BROKEN) == 0
        contents.append(text[: len(text) // 2] if is_broken else text)
    return contents


def _known_bodies(path: Path, versions: list[bytes]) -> dict[str, set[Digest]]:
    """Return, for each target, every body that may be sent."""
    known: dict[str, set[Digest]] = {}
    other = path.with_name("version.json")
    for content in versions:
        other.write_bytes(content)
        try:
            registry = ModelRegistry(other)
        except RegistryError:  # a broken version, which is never sent
            continue
        clerk, model_id = Clerk(registry), next(iter(registry))
        reading, (entry,) = clerk.reading(), clerk.steps(EntryWanted(model_id))
        bodies = {
            f"{PREFIX}/models": reading.lists[b""],
            f"{PREFIX}/models?category=vision-vlm": reading.lists[b"category=vision-vlm"],
            f"{PREFIX}/models/{model_id}": entry.body,
            f"{PREFIX}/categories": reading.categories,
        }
        for target, body in bodies.items():
            known.setdefault(target, set()).add(hashlib.sha256(body.content).digest())
    return known


def _lines(
    path: Path, versions: list[bytes], known: dict[str, set[Digest]], *, seconds: float, clients: int
) -> Iterator[Line]:
    """
    Yield the growth of memory.

    Raises:
        SystemExit: A request failed.
    """
    path.write_bytes(versions[0])
    with running("-m", "model_garden_registry", "serve", "--port", "0", "--registry", str(path)) as (pid, port):
        growth = asyncio.run(_load(path, versions, known, pid=pid, port=port, seconds=seconds, clients=clients))
    yield Line("16", "resident memory after the last replacement / after the fifth", growth, _MOST_GROWTH)


async def _load(
    path: Path,
    versions: list[bytes],
    known: dict[str, set[Digest]],
    *,
    pid: int,
    port: int,
    seconds: float,
    clients: int,
) -> float:
    counts: Counter[str] = Counter()
    ended = asyncio.Event()
    asking = [asyncio.create_task(_ask(port, known, counts, ended)) for _ in range(clients)]
    memory = await _replace(pid, path, versions, seconds)
    ended.set()
    failures = [result for result in await asyncio.gather(*asking, return_exceptions=True) if result is not None]
    print(f"{clients} clients, {seconds:.0f} s, {REPLACEMENTS} replacements, {BROKEN} of them broken")
    print(f"requests answered {counts['ok']}, unchanged {counts['unchanged']}, torn or unknown {counts['wrong']}")
    print(f"connections given up for others {counts['given up']}, idle too long {counts['asked again']}")
    if failures or counts["wrong"] or not counts["ok"]:
        raise SystemExit(f"clients that failed: {len(failures)} {failures[:1]}, wrong answers: {counts['wrong']}")
    return memory[-1] / memory[_WARM - 1]


async def _ask(port: int, known: dict[str, set[Digest]], counts: Counter[str], ended: asyncio.Event) -> None:
    """Ask for everything in turn, with the last tag every other time, on one connection unless others wait for it."""
    connection: Connection | None = None
    tags: dict[str, str] = {}
    for number, target in enumerate(cycle(known)):
        if ended.is_set():
            break
        condition = f"If-None-Match: {tags[target]}\r\n" if number % 2 and target in tags else ""
        reply = None
        if connection is not None:
            reply = await connection.get_again(target, condition)
            counts["asked again"] += reply is None
        if connection is None or reply is None:
            connection = await Connection.open(port)
            reply = await connection.get(target, condition)
        if reply.status == 304 and condition:
            counts["unchanged"] += 1
        elif reply.status == 200 and hashlib.sha256(reply.content).digest() in known[target]:
            counts["ok"] += 1
            tags[target] = reply.etag.decode()
        else:
            counts["wrong"] += 1
        if reply.is_last:  # the server has more clients than connections
            connection.close()
            counts["given up"] += 1
            connection = None
    if connection is not None:
        connection.close()


async def _replace(pid: int, path: Path, versions: list[bytes], seconds: float) -> list[int]:
    """Put the versions in place at even intervals; return the server's memory after each."""
    memory = []
    for content in versions[1:]:
        fresh = path.with_suffix(".new")
        fresh.write_bytes(content)
        fresh.replace(path)
        await asyncio.sleep(seconds / REPLACEMENTS)
        memory.append(resident_bytes(pid))
    return memory


if __name__ == "__main__":
    raise SystemExit(main())
