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
#: What G7 asks for, as ours over the other's: goal, what is compared, most.
_HELLO_LIST = 1 / 0.85
_HELLO_UNCHANGED = 1 / 1.2


def http_lines(directory: Path, rounds: int) -> Iterator[Line]:
    """Give the ratios with their goals."""
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
    yield Line("G7", "list of 100 / bare uvicorn hello", ratio(costs["ours"], costs["hello"]), _HELLO_LIST)
    gzipped = ratio(costs["gzip"], costs["hello, asked for gzip"])
    yield Line("G7", "list of 100, gzip / bare uvicorn hello", gzipped, _HELLO_LIST)
    unchanged = ratio(costs["unchanged"], costs["hello, asked with a tag"])
    yield Line("G7", "unchanged (304) / bare uvicorn hello", unchanged, _HELLO_UNCHANGED)
    yield Line("", "list of 100 / naive FastAPI", ratio(costs["ours"], costs["naive"]))
    yield Line("G13", "20 of 100 / list of 100", ratio(costs["ours, 20"], costs["ours"]), 1.0)
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
    costs: dict[str, list[float]] = {name: [] for name in races}
    for _ in range(rounds):
        for name, (server, headers, load) in races.items():
            costs[name].append(await cpu_per_request(*servers[server], (_PATHS.get(name, _LIST), headers), **load))
    return costs
