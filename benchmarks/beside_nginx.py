"""
What a request costs ``mgr serve`` and nginx with the static site of the same registry, in CPU time of their processes.

Both answer the same clients in turn on this machine; the table has medians of pairwise ratios. ``--write`` puts it into
docs/http.md. Needs nginx (Debian: ``nginx-light``) and Linux: it reads the clocks of other processes.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.http_clients import Connection, cpu_per_request, running
from benchmarks.measure import ratio
from model_garden_registry import load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.page.static.building import build_site

PAGE = Path(__file__).resolve().parents[1] / "docs" / "http.md"
_MARKED = re.compile(r"(<!-- measured: nginx -->\n).*?(<!-- end of measured -->)", re.DOTALL)
#: A file for each reply that has no query; compressed ones lie beside it. One process, so that there is one clock.
_CONFIGURATION = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  gzip_static on;
  keepalive_requests 1000000;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  types {{ application/json json; text/html html; text/javascript js; text/css css; image/svg+xml svg; }}
  server {{
    listen 127.0.0.1:{port};
    root {site};
    location /api/ {{ try_files $uri.json =404; }}
    location /models/ {{ try_files $uri.html =404; }}
  }}
}}
"""
_MODEL = "Qwen/Qwen3-8B"
_LIST = "/api/v1/registry/models"
_GZIP = "Accept-Encoding: gzip\r\n"
_CLIENTS = 8

Server = tuple[int, int]


class Asked(NamedTuple):
    """
    A kind of request.

    Args:
        what: In words.

        target: Path.

        headers: As they are sent.

        times: How often each client asks in one round.

        is_conditional: Whether it names the tag of the last reply.
    """

    what: str
    target: str
    headers: str = _GZIP
    times: int = 250
    is_conditional: bool = False


ASKED = (
    Asked("all models, compressed", _LIST, times=50),
    Asked("all models", _LIST, headers="", times=25),
    Asked("all models, unchanged (304)", _LIST, is_conditional=True),
    Asked("one model, compressed", f"{_LIST}/{_MODEL}"),
    Asked("categories", "/api/v1/registry/categories"),
    Asked("page of all models, compressed", "/", times=50),
    Asked("page of one model, compressed", f"/models/{_MODEL}"),
    Asked("style of the pages, compressed", "/assets/page.css"),
)


def main() -> int:
    """Measure, print the table, and write it into the page if that is asked for."""
    parser = argparse.ArgumentParser(prog="benchmarks.beside_nginx", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--write", action="store_true", help=f"write the table into {PAGE.name}")
    options = parser.parse_args()
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        parser.error("nginx is not installed (Debian: nginx-light)")
    with tempfile.TemporaryDirectory() as directory:
        site = Path(directory, "site")
        build_site(site, registry=bundled_registry(), gpus=["L4"])
        serve = ("-m", "model_garden_registry", "serve", "--port", "0", "--registry", str(bundled_registry()))
        with running(*serve) as ours, _nginx(program, site, Path(directory)) as theirs:
            rows = asyncio.run(_rows(ours, theirs, options.rounds))
    said = subprocess.run([program, "-v"], check=True, capture_output=True, text=True).stderr
    table = _table(rows, said.strip().rpartition("/")[2], len(load_registry(bundled_registry())))
    print(table)
    if options.write:
        text = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(_MARKED.sub(lambda match: f"{match[1]}\n{table}\n{match[2]}", text), encoding="utf-8")
    return 0


@contextmanager
def _nginx(program: str, site: Path, folder: Path) -> Iterator[Server]:
    """Run nginx with a site; yield its process id and port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    configuration = folder / "nginx.conf"
    configuration.write_text(_CONFIGURATION.format(folder=folder, site=site, port=port), encoding="ascii")
    with subprocess.Popen([program, "-p", str(folder), "-c", str(configuration)]) as process:
        try:
            _wait_for(port, process)
            yield process.pid, port
        finally:
            process.terminate()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("nginx does not start")


async def _rows(ours: Server, theirs: Server, rounds: int) -> list[tuple[str, int, float]]:
    """Return what is asked, the bytes of our reply, and our cost over theirs."""
    rows = []
    for asked in ASKED:
        costs: dict[Server, list[float]] = {ours: [], theirs: []}
        requests = {server: await _request(server, asked) for server in costs}
        for _ in range(rounds):
            for server, spent in costs.items():
                spent.append(await cpu_per_request(*server, requests[server][0], clients=_CLIENTS, times=asked.times))
        rows.append((asked.what, requests[ours][1], ratio(costs[ours], costs[theirs])))
    return rows


async def _request(server: Server, asked: Asked) -> tuple[tuple[str, str], int]:
    """Return a request, and the bytes of its reply."""
    connection = await Connection.open(server[1])
    reply = await connection.get(asked.target, asked.headers)
    headers = asked.headers
    if reply.status == 200 and asked.is_conditional:
        headers += f"If-None-Match: {reply.etag.decode()}\r\n"
        reply = await connection.get(asked.target, headers)
    connection.close()
    if reply.status != (304 if asked.is_conditional else 200):
        raise SystemExit(f"{asked.target}: {reply.status}")
    return (asked.target, headers), len(reply.content)


def _table(rows: list[tuple[str, int, float]], version: str, models: int) -> str:
    lines = [
        f"| reply, of {models:,} models | bytes | CPU time, `mgr serve` / nginx {version} |",
        "| --- | --: | --: |",
    ]
    return "\n".join([*lines, *(f"| {what} | {size:,} | {over:.1f} |" for what, size, over in rows), ""])


if __name__ == "__main__":
    raise SystemExit(main())
