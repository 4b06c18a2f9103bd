"""Our server and others in turn, by the CPU time that one request takes them (Linux: it reads /proc)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from benchmarks.http_clients import Connection, cpu_per_request, running
from benchmarks.lines import Line
from benchmarks.measure import ratio
from benchmarks.registries import write_registry

_GZIP = "Accept-Encoding: gzip\r\n"
_LIST = "/api/v1/registry/models"
#: Requests for something else than the whole list.
_PATHS = {"ours, 20": f"{_LIST}?limit=20"}
#: What G14 asks for, as ours over the other's: as many as eight tenths of an answer that is made of one word.
_HELLO = 1 / 0.8
#: What a 304 may cost more while others ask for GPUs without a cached answer.
_BESIDE = 1.25
_ASKING = 4


def http_lines(directory: Path, rounds: int) -> Iterator[Line]:
    """Yield the ratios with their goals."""
    hundred, many = write_registry(directory / "100.json", 100), write_registry(directory / "10000.json", 10_000)
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(running("-m", *call))
            for name, call in {
                "hello": ("benchmarks.servers", "hello"),
                "naive": ("benchmarks.servers", "naive", str(hundred)),
                "ours": ("model_garden_registry", "serve", "--port", "0", "--registry", str(hundred)),
                "naive, 10,000": ("benchmarks.servers", "naive", str(many)),
                "ours, 10,000": ("model_garden_registry", "serve", "--port", "0", "--registry", str(many)),
            }.items()
        }
        costs = asyncio.run(_race(servers, rounds))
    yield Line("G14", "list of 100 / uvicorn hello on the same stack", ratio(costs["ours"], costs["hello"]), _HELLO)
    gzipped = ratio(costs["gzip"], costs["hello, asked for gzip"])
    yield Line("G14", "list of 100, gzip / uvicorn hello on the same stack", gzipped, _HELLO)
    unchanged = ratio(costs["unchanged"], costs["hello, asked with a tag"])
    yield Line("G14", "unchanged (304) / uvicorn hello on the same stack", unchanged, _HELLO)
    yield Line("", "list of 100 / naive FastAPI", ratio(costs["ours"], costs["naive"]))
    yield Line("G13", "20 of 100 / list of 100", ratio(costs["ours, 20"], costs["ours"]), 1.0)
    beside = ratio(costs["unchanged, beside others"], costs["unchanged"])
    yield Line("G15", f"unchanged (304) while {_ASKING} ask for new GPUs / alone", beside, _BESIDE)
    large = ratio(costs["ours, 10,000, gzip"], costs["naive, 10,000"])
    yield Line("G7", "200 lists of 10,000, gzip / one of naive FastAPI", 200 * large, 1.0)
    yield Line("", "list of 10,000 / naive FastAPI", ratio(costs["ours, 10,000"], costs["naive, 10,000"]))


async def _race(servers: dict[str, tuple[int, int]], rounds: int) -> dict[str, list[float]]:
    connection = await Connection.open(servers["ours"][1])
    tag = (await connection.get(_LIST)).etag.decode()
    connection.close()
    small, large = {"clients": 8, "times": 250}, {"clients": 8, "times": 5}
    races: dict[str, tuple[str, str, dict[str, int]]] = {
        "hello": ("hello", "", small),
        "hello, asked for gzip": ("hello", _GZIP, small),
        "hello, asked with a tag": ("hello", f"If-None-Match: {tag}\r\n", small),
        "ours": ("ours", "", small),
        "ours, 20": ("ours", "", small),
        "gzip": ("ours", _GZIP, small),
        "unchanged": ("ours", f"If-None-Match: {tag}\r\n", small),
        "naive": ("naive", "", {"clients": 8, "times": 10}),
        "ours, 10,000": ("ours, 10,000", "", large),
        "ours, 10,000, gzip": ("ours, 10,000", _GZIP, large),
        "naive, 10,000": ("naive, 10,000", "", {"clients": 1, "times": 1}),
    }
    costs: dict[str, list[float]] = {name: [] for name in [*races, "unchanged, beside others"]}
    for _ in range(rounds):
        for name, (server, headers, load) in races.items():
            costs[name].append(await cpu_per_request(*servers[server], (_PATHS.get(name, _LIST), headers), **load))
        costs["unchanged, beside others"].append(await _beside_others(servers["ours"], races["unchanged"][1]))
    return costs


async def _beside_others(server: tuple[int, int], headers: str) -> float:
    """Return the cost of a request while others ask what fits on GPUs without a cached answer."""
    others = [asyncio.create_task(_ask_for_gpus(server[1], number)) for number in range(_ASKING)]
    await asyncio.sleep(0.2)
    cost = await cpu_per_request(*server, (_LIST, headers), clients=8, times=250)
    for other in others:
        other.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    return cost


async def _ask_for_gpus(port: int, number: int) -> None:
    connection = await Connection.open(port)
    for offset in range(number, 1_000_000, _ASKING):
        await connection.get(f"{_LIST}?gpu={8 + offset % 90}GiB:{1 + offset % 1024}&offset={offset}")
