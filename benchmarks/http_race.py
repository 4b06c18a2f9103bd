"""Our server and others in turn, by the CPU time that one request takes them (Linux: it reads /proc)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.http_clients import Connection, Reply, Stalls, cpu_per_request, running
from benchmarks.lines import Line
from benchmarks.measure import ratio
from benchmarks.registries import write_registry

_GZIP = "Accept-Encoding: gzip\r\n"
_LIST = "/api/v1/registry/models"
#: Requests for something else than the whole list.
_PATHS = {"ours, 20": f"{_LIST}?limit=20"}
#: What G14 asks for, as ours over the other's: as many as eight tenths of an answer that is made of one word. What it
#: costs to send a hundred kilobytes instead of five bytes is the system's, so a list is compared with as many bytes.
_HELLO = 1 / 0.8
#: What a 304 may cost more while others ask the same server for GPUs without a cached answer.
_BESIDE = 1.25
_ASKING = 4
#: What a person takes for at once, in seconds: as long as the event loop may stall while a large file is read.
_STALL_SECONDS = 0.1
_RELOADS = 3

Servers = dict[str, tuple[int, int]]
Asking = Callable[[int], Coroutine[Any, Any, None]]


def http_lines(directory: Path, rounds: int) -> Iterator[Line]:
    """Yield the ratios with their goals."""
    hundred, many = write_registry(directory / "100.json", 100), write_registry(directory / "10000.json", 10_000)
    served = directory / "served.json"
    served.write_bytes(hundred.read_bytes())
    ours = ("model_garden_registry", "serve", "--port", "0", "--registry")
    with ExitStack() as stack:

        def started(**calls: tuple[str, ...]) -> Servers:
            return {name: stack.enter_context(running("-m", *call)) for name, call in calls.items()}

        servers = started(ours=(*ours, str(hundred)), many=(*ours, str(many)), reloads=(*ours, str(served)))
        for name, models in (("ours", 100), ("many", 10_000), ("reloads", 100)):
            asyncio.run(_until_read(servers[name][1], models))
        plain, gzipped = (asyncio.run(_one(servers["ours"], headers)) for headers in ("", _GZIP))
        sizes = {"hello": 5, "as_plain": len(plain.content), "as_gzipped": len(gzipped.content)}
        servers |= started(**{name: ("benchmarks.servers", "hello", str(size)) for name, size in sizes.items()})
        servers |= started(
            naive=("benchmarks.servers", "naive", str(hundred)), naive_many=("benchmarks.servers", "naive", str(many))
        )
        costs = asyncio.run(_race(servers, rounds, plain.etag.decode()))
        idle = asyncio.run(_stall_of_machine(servers["reloads"][1]))
        stall = max(asyncio.run(_stall(servers["reloads"][1], served, many, hundred)) for _ in range(_RELOADS))
    yield Line("G14", "list of 100 / uvicorn hello of as many bytes", ratio(costs["ours"], costs["as plain"]), _HELLO)
    as_gzipped = ratio(costs["gzip"], costs["as gzipped"])
    yield Line("G14", "list of 100, gzip / uvicorn hello of as many bytes", as_gzipped, _HELLO)
    unchanged = ratio(costs["unchanged"], costs["hello, asked with a tag"])
    yield Line("G14", "unchanged (304) / uvicorn hello", unchanged, _HELLO)
    for name, what in (("ours", "list of 100"), ("gzip", "list of 100, gzip"), ("as plain", "hello of as many bytes")):
        yield Line("", f"{what} / uvicorn hello of five bytes", ratio(costs[name], costs["hello"]))
    yield Line("", "list of 100 / naive FastAPI", ratio(costs["ours"], costs["naive"]))
    yield Line("G13", "20 of 100 / list of 100", ratio(costs["ours, 20"], costs["ours"]), 1.0)
    beside = ratio(costs["unchanged, beside others"], costs["unchanged, just before"])
    yield Line("G15", f"unchanged (304) while {_ASKING} ask for new GPUs / alone", beside, _BESIDE)
    shared = ratio(costs["unchanged, beside others"], costs["unchanged, others ask another"])
    yield Line("", f"unchanged (304) while {_ASKING} ask for new GPUs / while they ask another server", shared)
    yield Line("G15", "longest stall while 10,000 entries are read / 100 ms", stall / _STALL_SECONDS, 1.0)
    yield Line("", "longest stall of the same server otherwise / 100 ms", idle / _STALL_SECONDS)
    large = ratio(costs["many, gzip"], costs["naive, many"])
    yield Line("G7", "200 lists of 10,000, gzip / one of naive FastAPI", 200 * large, 1.0)
    yield Line("", "list of 10,000 / naive FastAPI", ratio(costs["many"], costs["naive, many"]))


async def _one(server: tuple[int, int], headers: str) -> Reply:
    connection = await Connection.open(server[1])
    reply = await connection.get(_LIST, headers)
    connection.close()
    return reply


async def _race(servers: Servers, rounds: int, tag: str) -> dict[str, list[float]]:
    small, large = {"clients": 8, "times": 250}, {"clients": 8, "times": 5}
    races: dict[str, tuple[str, str, dict[str, int]]] = {
        "hello": ("hello", "", small),
        "hello, asked with a tag": ("hello", f"If-None-Match: {tag}\r\n", small),
        "unchanged": ("ours", f"If-None-Match: {tag}\r\n", small),
        "ours": ("ours", "", small),
        "as plain": ("as_plain", "", small),
        "gzip": ("ours", _GZIP, small),
        "as gzipped": ("as_gzipped", _GZIP, small),
        "ours, 20": ("ours", "", small),
        "naive": ("naive", "", {"clients": 8, "times": 10}),
        "many": ("many", "", large),
        "many, gzip": ("many", _GZIP, large),
        "naive, many": ("naive_many", "", {"clients": 1, "times": 1}),
    }
    beside = {"unchanged, beside others": "ours", "unchanged, others ask another": "reloads"}
    costs: dict[str, list[float]] = {name: [] for name in [*races, "unchanged, just before", *beside]}
    for number in range(rounds):
        for name, (server, headers, load) in races.items():
            costs[name].append(await cpu_per_request(*servers[server], (_PATHS.get(name, _LIST), headers), **load))
        server, headers, load = races["unchanged"]  # again: how fast the machine is changes within a round
        costs["unchanged, just before"].append(await cpu_per_request(*servers[server], (_LIST, headers), **load))
        for name, asked in beside.items():
            others = partial(_ask_for_gpus, servers[asked][1], number)
            costs[name].append(await _beside_others(others, servers["ours"], races["unchanged"][1]))
    return costs


async def _beside_others(ask: Asking, server: tuple[int, int], headers: str) -> float:
    """
    Return the cost of a request while others ask what fits on GPUs without a cached answer.

    To ask another server costs the machine as much, which makes every request dearer where cores share their parts.
    """
    others = [asyncio.create_task(ask(number)) for number in range(_ASKING)]
    await asyncio.sleep(0.2)
    cost = await cpu_per_request(*server, (_LIST, headers), clients=8, times=250)
    for other in others:
        other.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    return cost


async def _ask_for_gpus(port: int, round_: int, number: int) -> None:
    connection = await Connection.open(port)
    for question in range(number, 1_000_000, _ASKING):
        offset = 1_000_000 * round_ + question
        await connection.get(f"{_LIST}?gpu={8 + offset % 90}GiB:{1 + offset % 1024}&offset={offset}")


async def _stall_of_machine(port: int) -> float:
    """Return the longest stall in five seconds in which nothing is read: what other work on the machine causes."""
    stalls = Stalls(port)
    stalls.start()
    await asyncio.sleep(5)
    await stalls.stop()
    return stalls.longest_seconds


async def _stall(port: int, served: Path, large: Path, small: Path) -> float:
    """Return the longest stall of the event loop, in seconds, while a large file takes the place of a small one."""
    stalls = Stalls(port)
    for path in (large, small):
        content = path.read_bytes()
        models = len(json.loads(content)["models"])
        if path is large:
            stalls.start()
        fresh = served.with_suffix(".new")
        fresh.write_bytes(content)
        fresh.replace(served)
        await _until_read(port, models)
        await stalls.stop()
    return stalls.longest_seconds


async def _until_read(port: int, models: int) -> None:
    """Wait until a registry of so many models is served: on a busy machine that may take minutes."""
    connection = await Connection.open(port)
    while (json.loads((await connection.get("/health")).content)["registry"] or {}).get("models") != models:
        await asyncio.sleep(0.1)
    connection.close()
