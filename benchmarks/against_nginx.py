"""
CPU time of ``mgr serve`` for what a static site has as well, against nginx that sends that site's files.

    python -m benchmarks.against_nginx

Linux, with nginx and its module for compressed files beside others (Debian's has it). One process of each, asked in
turn by the same clients on kept connections; what is printed are microseconds of CPU time a request, and the ratio.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks.http_clients import Connection, cpu_per_request, running
from benchmarks.measure import ratio
from model_garden_registry.page.static.building import build_site

_API = "/api/v1/registry"
_GZIP = "Accept-Encoding: gzip\r\n"
_LOAD = {"clients": 8, "times": 250}
#: Of a server, and of the site.
ANSWERS = {
    "page of the list": ("/", "/index.html"),
    "page of a model": ("/models/Qwen/Qwen3-8B", "/models/Qwen/Qwen3-8B.html"),
    "list of all models": (f"{_API}/models", f"{_API}/models.json"),
    "one model": (f"{_API}/models/Qwen/Qwen3-8B", f"{_API}/models/Qwen/Qwen3-8B.json"),
}
UNCHANGED = "{}, unchanged (304)"
_CONFIGURATION = """daemon off;
master_process off;
user root;
pid {folder}/nginx.pid;
error_log {folder}/errors.txt;
events {{ worker_connections 64; }}
http {{
    include /etc/nginx/mime.types;
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000;
    open_file_cache max=1000;
    server {{
        listen 127.0.0.1:{port};
        root {root};
        gzip_static on;
    }}
}}
"""


def main() -> None:
    """Build a site, serve it twice, and print what a request costs."""
    parser = argparse.ArgumentParser(description="Compare mgr serve with nginx on what both can send.")
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as place:
        build_site(Path(place, "site"), gpus=["L4"])
        with running("-m", "model_garden_registry", "serve", "--port", "0") as ours, nginx(Path(place)) as theirs:
            costs = asyncio.run(_race(ours, theirs, rounds))
    for name, (here, there) in costs.items():
        one, other = (statistics.median(each) * 1e6 for each in (here, there))
        sys.stdout.write(f"{name:40} {one:6.1f} us  {other:6.1f} us  {ratio(here, there):5.2f}\n")


@contextmanager
def nginx(place: Path) -> Iterator[tuple[int, int]]:
    """Serve the folder ``site`` with one process of nginx; yield its process id and port."""
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    configuration = place / "nginx.conf"
    configuration.write_text(_CONFIGURATION.format(folder=place, port=port, root=place / "site"), encoding="utf-8")
    place.chmod(0o755)
    with subprocess.Popen([program, "-c", str(configuration), "-p", str(place)]) as process:
        try:
            yield process.pid, port
        finally:
            process.terminate()


async def _race(
    ours: tuple[int, int], theirs: tuple[int, int], rounds: int
) -> dict[str, tuple[list[float], list[float]]]:
    requests = {}
    for name, paths in ANSWERS.items():
        sides = [await _asked(port, path) for (_, port), path in zip((ours, theirs), paths, strict=True)]
        requests[name] = [whole for whole, _ in sides]
        requests[UNCHANGED.format(name)] = [unchanged for _, unchanged in sides]
    found: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in requests}
    for _ in range(rounds):
        for name, (here, there) in requests.items():
            found[name][0].append(await cpu_per_request(*ours, here, **_LOAD))
            found[name][1].append(await cpu_per_request(*theirs, there, **_LOAD))
    return found


async def _asked(port: int, path: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """Return the request for an answer, and for the same with its tag, once the server gives it."""
    for _ in range(100):
        with suppress(OSError, asyncio.IncompleteReadError):
            connection = await Connection.open(port)
            reply = await connection.get(path, _GZIP)
            connection.close()
            if reply.status == 200 and reply.etag:
                return (path, _GZIP), (path, f"{_GZIP}If-None-Match: {reply.etag.decode()}\r\n")
        time.sleep(0.1)
    raise SystemExit(f"{path}: no answer")


if __name__ == "__main__":
    main()
