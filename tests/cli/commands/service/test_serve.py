"""`mgr serve`."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

Ask = Callable[..., Any]
Write = Callable[..., Path]

T = TypeVar("T")

POSIX = pytest.mark.skipif(os.name == "nt", reason="signals end processes on POSIX systems")
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="processes are listed in /proc")


#: `mgr`, also where the tests run in the background: a shell lets such processes ignore Ctrl-C.
PROGRAM = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from model_garden_registry.cli import main
main()
"""


@contextmanager
def serving(*options: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run the command on a free port, and give the process and the port when it has said where it listens."""
    call = [sys.executable, "-c", PROGRAM, "serve", "--port", "0", *options]
    with subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = ""
        while not (match := re.search(r"http://127\.0\.0\.1:(\d+)/", said)):
            line = process.stderr.readline()
            assert line, said
            said = line
        try:
            yield process, int(match[1])
        finally:
            process.kill()


def get(port: int, target: str) -> Any:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request("GET", target)
        reply = connection.getresponse()
        return reply.status, json.loads(reply.read())


@POSIX
@pytest.mark.usefixtures("forks")
@pytest.mark.parametrize(
    ("name", "code"), [pytest.param("SIGINT", 130, id="Ctrl-C"), pytest.param("SIGTERM", -15, id="SIGTERM")]
)
def test_it_serves_until_it_is_told_to_end(name: str, code: int, registry: Write) -> None:
    """The registry in use, at the address that it says; the exit code is that of an interrupted process."""
    registry({"id": "org/one"})

    with serving() as (process, port):
        status, health = get(port, "/health")
        process.send_signal(getattr(signal, name))
        output, errors = process.communicate(timeout=60)

    assert (status, health["registry"]["models"]) == (200, 1)
    assert (process.returncode, output, errors) == (code, "", "")


@POSIX
@pytest.mark.usefixtures("forks")
def test_a_running_request_is_answered_before_the_end(registry: Write) -> None:
    """One whose body is still on its way when the signal comes."""
    registry({"id": "org/one"})
    body = json.dumps({"model_id": "org/one"})
    fields = ("Host: localhost", "Content-Type: application/json", f"Content-Length: {len(body)}", "", "")
    head = "\r\n".join(["POST /api/v1/registry/validate/inference HTTP/1.1", *fields])

    with serving() as (process, port), socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(head.encode() + body[:5].encode())
        get(port, "/health")
        process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        connection.sendall(body[5:].encode())
        reply = connection.recv(65536)
        process.wait(timeout=60)

    assert reply.startswith(b"HTTP/1.1 200 OK")


@POSIX
def test_several_processes_serve_the_same(registry: Write) -> None:
    """Each reads the registry that was meant, and heeds the origins."""
    registry({"id": "org/one"}, {"id": "org/two"})

    with serving("--workers", "2", "--cors", "http://localhost:5173") as (process, port):
        answers = [get_when_up(port, "/api/v1/registry/models") for _ in range(6)]
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)

    assert [(status, answer["total"]) for status, answer in answers] == [(200, 2)] * 6


@POSIX
def test_all_processes_end_together(registry: Write) -> None:
    """Also where the first of them is killed, which can tell nobody."""
    registry({"id": "org/one"})

    with serving("--workers", "2") as (process, port):
        get_when_up(port, "/ready")
        process.kill()
        process.wait(timeout=60)
        answers = [is_answered(port, seconds=20)]

    assert answers == [False]


@LINUX
def test_no_process_is_left_of_a_server_that_is_killed(registry: Write) -> None:
    """Neither a worker nor the process that holds its registry: each notices that the one above it has ended."""
    registry({"id": "org/one"})

    with serving("--workers", "2") as (process, port):
        get_when_up(port, "/ready")
        below = until(lambda: programs if len(programs := descendants(process.pid)) >= _PROCESSES else None)
        process.kill()
        process.wait(timeout=60)
        left = until(lambda: [] if not [pid for pid in below if is_running(pid)] else None)

    assert left == []


@LINUX
def test_a_worker_that_dies_is_replaced(registry: Write) -> None:
    """With its registry; the others answer meanwhile."""
    registry({"id": "org/one"})

    with serving("--workers", "2") as (process, port):
        get_when_up(port, "/ready")
        workers = until(lambda: found if len(found := workers_of(process.pid)) == 2 else None)
        os.kill(workers[0], signal.SIGKILL)
        after = until(lambda: found if len(found := workers_of(process.pid)) == 2 and workers[0] not in found else None)
        answers = [get_when_up(port, "/ready")[0] for _ in range(4)]

    assert workers[1] in after
    assert answers == [200] * 4


@LINUX
def test_each_worker_follows_the_file(registry: Write) -> None:
    """Each connection may be another worker's: in the end all of them say the same."""
    registry({"id": "org/one"})

    with serving("--workers", "2") as (process, port):
        until(lambda: True if len(descendants(process.pid)) >= _PROCESSES else None)
        get_when_up(port, "/ready")
        registry({"id": "org/one"}, {"id": "org/two"})
        until(lambda: True if {get(port, "/health")[1]["registry"]["models"] for _ in range(12)} == {2} else None)
        totals = {get(port, "/api/v1/registry/models")[1]["total"] for _ in range(12)}

    assert totals == {2}


#: Two workers, each with the process of its registry, and Python's own that frees what they share.
_PROCESSES = 4


def until(found: Callable[[], T | None], *, seconds: float = 60) -> T:
    """Return what is found at last."""
    deadline = time.monotonic() + seconds
    while (value := found()) is None:
        assert time.monotonic() < deadline, "it does not come"
        time.sleep(0.1)
    return value


def children(pid: int) -> list[int]:
    """Return the processes that a process has started, whichever of its threads did."""
    try:
        lists = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [int(child) for listed in lists for child in listed.split()]


def descendants(pid: int) -> list[int]:
    """Return the processes below a process."""
    return [below for child in children(pid) for below in (child, *descendants(child))]


def workers_of(pid: int) -> list[int]:
    """Return the children of a process that have one of their own: that of a registry."""
    return [child for child in children(pid) if children(child)]


def is_running(pid: int) -> bool:
    """Return whether a process is there, and no zombie that nobody has waited for."""
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def is_answered(port: int, *, seconds: float) -> bool:
    """Return whether somebody still answers after so long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            get(port, "/ready")
        except OSError:
            return False
        time.sleep(0.1)
    return True


def get_when_up(port: int, target: str) -> Any:
    """Ask until the first worker listens."""
    for _ in range(600):
        try:
            return get(port, target)
        except ConnectionError:
            time.sleep(0.1)
    raise AssertionError("nobody listens")


def test_a_registry_that_cannot_be_read_is_not_served(mgr: Ask, tmp_path: Path) -> None:
    """Exit code 3, as of every command."""
    answer = mgr("serve", "--registry", tmp_path / "none.json")

    assert (answer.code, answer.out) == (3, "")
    assert "Registry not found" in answer.err


def test_an_address_that_is_taken_is_invalid_usage(mgr: Ask, registry: Write) -> None:
    """The system's reason is given."""
    registry()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        answer = mgr("serve", "--port", str(port))

    assert answer.code == 2
    assert f"cannot listen on 127.0.0.1, port {port}: " in answer.err


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        pytest.param(["--port", "70000"], "--port: ", id="port"),
        pytest.param(["--workers", "0"], "--workers: ", id="no worker"),
        pytest.param(["--cors", "localhost:5173"], "is not an origin", id="an origin without scheme"),
        pytest.param(["--cors", "http://localhost:5173/"], "is not an origin", id="an origin with a path"),
        pytest.param(["--allowed-host", "http://a"], "is not a host", id="a host with a scheme"),
        pytest.param(["--allowed-host", "a:80"], "is not a host", id="a host with a port"),
        pytest.param(["--host", "no such host"], "cannot listen on no such host", id="host"),
    ],
)
def test_an_option_that_cannot_be_is_named(options: list[str], complaint: str, mgr: Ask, registry: Write) -> None:
    """Exit code 2."""
    registry()

    answer = mgr("serve", *options)

    assert answer.code == 2
    assert complaint in answer.err


@pytest.mark.parametrize(
    ("options", "is_warned"), [([], False), (["--host", "0.0.0.0"], True), (["--host", "localhost"], False)]
)
def test_it_says_where_it_listens(
    options: list[str], is_warned: bool, mgr: Ask, registry: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And that there is no authentication, where other machines may reach it."""
    registry({"id": "org/one"})
    served: list[dict[str, Any]] = []

    def serve(_: object, **how: Any) -> None:
        how["listening"].close()
        served.append(how)

    monkeypatch.setattr("model_garden_registry.server.serving.serve", serve)

    hosts = ("--allowed-host", "a.example", "--allowed-host", "::1")
    answer = mgr("serve", "--port", "0", "--cors", "http://a", "--cors", "*", *hosts, *options)

    assert (answer.code, answer.out) == (0, "")
    assert re.search(r"mgr: note: http://[\d.]+:\d+/ shows 1 model, /docs the API; Ctrl-C ends\n", answer.err)
    assert ("there is no authentication" in answer.err) is is_warned
    assert (served[0]["cors"], served[0]["workers"]) == (("http://a", "*"), 1)
    assert served[0]["allowed_hosts"] == ("a.example", "::1")


@pytest.mark.parametrize("library", ["fastapi", "uvicorn"])
def test_without_the_extra_it_says_what_to_install(library: str, registry: Write) -> None:
    """One line, exit code 3."""
    registry()
    program = f"import sys; sys.modules[{library!r}] = None; from model_garden_registry.cli import main; main()"

    reply = subprocess.run(
        [sys.executable, "-c", program, "serve", "--port", "0"], check=False, capture_output=True, text=True
    )

    line = f"mgr: error: {library} is not installed; in a checkout run: pip install '.[server]'\n"
    assert (reply.returncode, reply.stdout, reply.stderr) == (3, "", line)
