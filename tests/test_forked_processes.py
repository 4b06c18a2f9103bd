"""A forked process of the tests is what a started one is, as far as a program can tell."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from forked_processes.popen import STARTED, Parent

pytestmark = [
    pytest.mark.usefixtures("forks"),
    pytest.mark.skipif(sys.platform != "linux", reason="processes of tests are forked on Linux only"),
]

#: Tells what a program may know of its process.
TOLD = """
import json, os, signal, sys
streams = [
    (stream.name, stream.mode, stream.encoding, stream.errors, stream.line_buffering, stream.isatty(), stream.fileno())
    for stream in (sys.stdin, sys.stdout, sys.stderr)
]
print(json.dumps({
    "argv": sys.argv, "path": sys.path, "name": __name__, "folder": os.getcwd(), "environment": dict(os.environ),
    "streams": streams, "read": sys.stdin.read(), "flags": list(sys.flags), "umask": os.umask(0),
    "handles": [str(signal.getsignal(each)) for each in (signal.SIGINT, signal.SIGPIPE, signal.SIGTERM)],
    "parent": os.getppid(), "group": os.getpgrp(), "files": os.listdir("/proc/self/fd"),
    "names": sorted(name for name in globals() if name[0] != "_"),
    "main": sys.modules["__main__"].__dict__ is globals(),
}))
"""


def python(*arguments: str, told: str = "") -> subprocess.CompletedProcess[str]:
    """Run Python with the variables that this process shows: a library may have set others behind its back."""
    call, shown = [sys.executable, *arguments], dict(os.environ)
    return subprocess.run(call, check=False, capture_output=True, text=True, input=told, env=shown)


@pytest.mark.parametrize("kind", ["-c", "-m", "-"])
def test_a_fork_is_what_a_start_is(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its arguments, its streams, what it finds, whose child it is: alike for all ways of naming a program."""
    (tmp_path / "told.py").write_text(TOLD, encoding="utf-8")
    monkeypatch.setenv("GIVEN", "\udcff")
    call = {"-c": ["-c", TOLD, "--option", "ä"], "-m": ["-m", "told", "x"], "-": ["-", "x"]}[kind]
    told = TOLD if kind == "-" else "a\nb"

    forked = python(*call, told=told)
    monkeypatch.setattr(subprocess, "Popen", STARTED)
    started = python(*call, told=told)

    one, other = json.loads(forked.stdout), json.loads(started.stdout)
    assert {name: (value, other[name]) for name, value in one.items() if value != other[name]} == {}
    assert (one.keys(), forked.stderr) == (other.keys(), started.stderr)
    assert one["parent"] == os.getpid()


@pytest.mark.parametrize(
    ("program", "code", "out", "err"),
    [
        pytest.param("print('a')", 0, "a\n", "", id="its end"),
        pytest.param("import sys; sys.exit(3)", 3, "", "", id="a number"),
        pytest.param("import sys; sys.exit('why')", 1, "", "why\n", id="a text"),
        pytest.param("raise SystemExit", 0, "", "", id="nothing"),
        pytest.param("1 / 0", 1, "", "ZeroDivisionError: division by zero\n", id="an exception"),
        pytest.param("raise KeyboardInterrupt", -signal.SIGINT, "", "KeyboardInterrupt\n", id="an interruption"),
        pytest.param("import os; os.abort()", -signal.SIGABRT, "", "", id="a signal"),
        pytest.param("import os; os._exit(7)", 7, "", "", id="at once"),
        pytest.param("import atexit; atexit.register(print, 'bye')", 0, "bye\n", "", id="what is left to do"),
        pytest.param(
            "import threading, time; threading.Timer(0.1, print, ['late']).start(); print('a')",
            0,
            "a\nlate\n",
            "",
            id="a thread",
        ),
        pytest.param(
            "import os, sys; os.dup2(os.open('/dev/full', 1), 1); sys.stdout = open(1, 'w'); print('a')",
            120,
            "",
            "",
            id="a full disk",
        ),
    ],
)
def test_a_fork_ends_as_a_start_does(program: str, code: int, out: str, err: str) -> None:
    """With the code, and with everything written that was to be written."""
    reply = python("-c", program)

    assert (reply.returncode, reply.stdout) == (code, out)
    assert reply.stderr.endswith(err)


@pytest.mark.parametrize(
    ("arguments", "change", "is_fork"),
    [
        pytest.param(["-c", "pass"], {}, True, id="a program"),
        pytest.param(["-c", "pass"], {"COLUMNS": "1"}, True, id="a variable of its own"),
        pytest.param(["-c", "pass"], {"PYTHONUTF8": "0"}, False, id="a variable of Python's"),
        pytest.param(["-c", "pass"], {"LC_ALL": "POSIX"}, False, id="a locale"),
        pytest.param(["-W", "error", "-c", "pass"], {}, False, id="a flag"),
        pytest.param([], {}, False, id="a dialogue"),
    ],
)
def test_what_an_interpreter_reads_at_its_start_needs_a_start(
    arguments: list[str], change: dict[str, str], is_fork: bool, forking_parent: Parent
) -> None:
    """No running one could heed it."""
    assert forking_parent.can_be([sys.executable, *arguments], {**os.environ, **change}) == is_fork


def test_a_fork_ends_when_it_is_told_to() -> None:
    """As a child of this process, which waits for it."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"]) as process:
        process.terminate()

        assert process.wait(60) == -signal.SIGTERM
