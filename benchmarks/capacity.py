"""
What one process of ``mgr serve`` can send, and the memory that it takes: the numbers of docs/deployment.md.

    python -m benchmarks.capacity            print them
    python -m benchmarks.capacity --write    also write docs/capacity.json, from which the page is made

Linux: CPU time and memory are read from /proc. Each answer is asked for in turn with that of a hello of the same stack:
uvicorn with the settings of ``mgr serve`` and an application that sends as many bytes. The ratio of the two holds on
other machines; requests per second of CPU time are those of the machine on which it ran.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import platform
import statistics
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.http_clients import Connection, cpu_per_request, running
from benchmarks.measure import ratio
from model_garden_registry.lifecycle.remote.publishing import publish_registry

_ROOT = Path(__file__).resolve().parents[1]
PAGE = _ROOT / "docs" / "capacity.json"
_ASSETS = _ROOT / "src" / "model_garden_registry" / "page" / "assets"
_API = "/api/v1/registry"
_GZIP = "Accept-Encoding: gzip\r\n"
_LOAD = {"clients": 8, "times": 250}
_KIB = 1024


class Asked(NamedTuple):
    """
    An answer that is measured.

    Args:
        path: Its path.

        headers: Further lines of the request.

        is_unchanged: Whether it is asked for with its tag, so that it is a 304.
    """

    path: str
    headers: str = _GZIP
    is_unchanged: bool = False


ANSWERS = {
    "page of the list": Asked("/"),
    "list of all models": Asked(f"{_API}/models"),
    "the same, unchanged (304)": Asked(f"{_API}/models", is_unchanged=True),
    "one model": Asked(f"{_API}/models/Qwen/Qwen3-8B"),
    "20 models": Asked(f"{_API}/models?limit=20"),
    "health": Asked("/health", headers=""),
}


def main() -> None:
    """Measure, print, and write what was asked for."""
    parser = argparse.ArgumentParser(description="Measure what one process of the server can send.")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--write", action="store_true", help="write docs/capacity.json")
    asked = parser.parse_args()
    found = measured(asked.rounds)
    text = json.dumps(found, indent=1) + "\n"
    sys.stdout.write(text)
    if asked.write:
        PAGE.write_text(text, encoding="utf-8", newline="\n")


def measured(rounds: int) -> dict[str, Any]:
    """Return bytes, requests per second of CPU time and their ratio to a hello, by answer; and the memory."""
    with ExitStack() as stack:
        pid, port = stack.enter_context(running("-m", "model_garden_registry", "serve", "--port", "0"))
        asyncio.run(_until_ready(port))
        answers = {name: asyncio.run(_answer(port, one)) for name, one in ANSWERS.items()}
        hellos = {
            size: stack.enter_context(running("-m", "benchmarks.servers", "hello", str(size)))
            for size in sorted({size for _, size in answers.values()})
        }
        costs = asyncio.run(_race((pid, port), hellos, answers, rounds))
        assets = [asyncio.run(_answer(port, Asked(f"/assets/{path.name}")))[1] for path in sorted(_ASSETS.glob("*.*"))]
        memory = {"server": _resident_mib(pid), "registry": sum(map(_resident_mib, _children(pid)))}
    return {
        "python": platform.python_version(),
        "answers": {
            name: {
                "bytes": answers[name][1],
                "requests_per_cpu_second": round(1 / statistics.median(ours)),
                "ratio_to_hello": round(ratio(ours, theirs), 2),
            }
            for name, (ours, theirs) in costs.items()
        },
        "memory_mib": memory,
        "assets": {"files": len(assets), "bytes": sum(assets)},
        "published": _published(),
    }


def _published() -> dict[str, int]:
    """Return the bytes of the files that ``mgr registry update`` downloads, as a web server sends them."""
    with tempfile.TemporaryDirectory() as folder:
        made = publish_registry(Path(folder))
        whole = gzip.compress(made.registry_file.read_bytes(), mtime=0)
        return {"index": made.index_file.stat().st_size, "registry": len(whole)}


async def _answer(port: int, one: Asked) -> tuple[str, int]:
    """Return the headers with which an answer is asked for, and its bytes."""
    connection = await Connection.open(port)
    reply = await connection.get(one.path, one.headers)
    headers = one.headers + (f"If-None-Match: {reply.etag.decode()}\r\n" if one.is_unchanged else "")
    sent = await connection.get(one.path, headers)
    connection.close()
    if sent.status != (304 if one.is_unchanged else 200):
        raise SystemExit(f"{one.path}: {sent.status}")
    return headers, len(sent.content)


async def _race(
    ours: tuple[int, int], hellos: dict[int, tuple[int, int]], answers: dict[str, tuple[str, int]], rounds: int
) -> dict[str, tuple[list[float], list[float]]]:
    found: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in answers}
    for _ in range(rounds):
        for name, (headers, size) in answers.items():
            request = (ANSWERS[name].path, headers)
            found[name][0].append(await cpu_per_request(*ours, request, **_LOAD))
            found[name][1].append(await cpu_per_request(*hellos[size], request, **_LOAD))
    return found


async def _until_ready(port: int) -> None:
    connection = await Connection.open(port)
    while (await connection.get("/ready")).status != 200:
        await asyncio.sleep(0.1)
    connection.close()


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _resident_mib(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (resident,) = (int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
    return round(resident / _KIB)


if __name__ == "__main__":
    main()
