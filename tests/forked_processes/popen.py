"""
Processes of Python that are forked from one that has imported what they need: a start without the imports.

``forks`` lets whatever starts processes in a test, the product too, do so; ``starts`` takes that back. What a fork
cannot do as a start does it (other flags, another module path, another locale) is started all the same.
"""

from __future__ import annotations

import inspect
import json
import os
import pkgutil
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import pytest

#: As they are while no test has changed them.
STARTED, PYTHON = subprocess.Popen, sys.executable
PROGRAM = Path(__file__).with_name("parent.py")
#: What the parent has imported: `mgr` and its commands, the process of a server, and what asks a driver.
PACKAGES = ("model_garden_registry.cli", "model_garden_registry.hardware", "model_garden_registry.server.live")
#: An interpreter reads these once, at its start.
_AT_START = re.compile("PYTHON|LC_|LANG|MALLOC_|LD_PRELOAD|COVERAGE")
#: Arguments of Popen that a fork does not heed.
_OF_A_START = ("executable", "preexec_fn", "pass_fds", "shell", "start_new_session")
#: Linux: orphans below this process become its children.
_PR_SET_CHILD_SUBREAPER = 36


class Parent:
    """
    The process that forks.

    Args:
        libraries: An empty folder, in which its children look for libraries.
    """

    def __init__(self, libraries: Path) -> None:
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self._libraries = libraries
        self._lock = Lock()
        self._surroundings = at_start(os.environ)
        self._questions, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for end in (self._questions, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        call = [PYTHON, str(PROGRAM), str(theirs.fileno()), "pynvml", *_modules()]
        environment = {**os.environ, "LD_LIBRARY_PATH": str(libraries)}
        with theirs:
            self._process = STARTED(call, pass_fds=[theirs.fileno()], env=environment)

    def can_be(self, arguments: list[str], environment: Mapping[str, str]) -> bool:
        """Say whether a fork is as good as a start."""
        is_python = arguments[0] == PYTHON and arguments[1:2] and arguments[1] in {"-", "-c", "-m"}
        return bool(is_python) and at_start(environment) == self._surroundings

    def fork(self, arguments: list[str], environment: Mapping[str, str], folder: str, streams: list[int]) -> int:
        """Return the number of a new child of this process."""
        asked = {"arguments": arguments[1:], "environment": dict(environment), "folder": folder}
        sys.audit("tests.fork", arguments)
        with self._lock:
            self._lay_out(environment.get("LD_LIBRARY_PATH", ""))
            socket.send_fds(self._questions, [json.dumps(asked).encode()], streams)
            return int(self._questions.recv(20))

    def end(self) -> None:
        """End it; its children go on."""
        self._questions.close()
        self._process.wait()

    def _lay_out(self, path: str) -> None:
        """Put what a new process would find on its path for libraries where the loader of this one looks."""
        for link in self._libraries.iterdir():
            link.unlink()
        for folder in filter(None, reversed(path.split(":"))):
            for file in Path(folder).glob("*.so*"):
                (self._libraries / file.name).unlink(missing_ok=True)
                (self._libraries / file.name).symlink_to(file)


@cache
def _modules() -> list[str]:
    import importlib

    names = []
    for package in PACKAGES:
        found = pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}.")
        names += [package, *(module.name for module in found)]
    return names


def at_start(environment: Mapping[str, str]) -> dict[str, str]:
    """Give those variables that an interpreter reads at its start."""
    return {name: value for name, value in environment.items() if _AT_START.match(name)}


class Forked(subprocess.Popen[Any]):
    """A process, forked where it can be."""

    #: Of the tests that run in this process.
    parent: Parent

    def _execute_child(self, *given: Any) -> None:  # all that differs between a start and a fork
        asked = inspect.signature(STARTED._execute_child).bind(self, *given).arguments  # type: ignore[attr-defined]
        arguments = [os.fsdecode(each) for each in asked["args"]] if isinstance(asked["args"], list) else [""]
        environment = os.environ if asked["env"] is None else asked["env"]
        if any(asked[name] for name in _OF_A_START) or not self.parent.can_be(arguments, environment):
            super()._execute_child(*given)  # type: ignore[misc]
            return
        pipes = [asked[name] for name in ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite")]
        streams = [end if end >= 0 else number for number, end in enumerate((pipes[0], pipes[3], pipes[5]))]
        try:
            self.pid = self.parent.fork(arguments, environment, os.fspath(asked["cwd"] or Path.cwd()), streams)
            self._child_created = True
        finally:
            self._close_pipe_fds(*pipes)  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def forking_parent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parent]:
    """Give the process that forks, until the last test has ended."""
    parent = Parent(tmp_path_factory.mktemp("libraries"))
    yield parent
    parent.end()


@pytest.fixture
def forks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let processes of Python be forked in this test, on Linux; elsewhere they are started."""
    if sys.platform == "linux":
        monkeypatch.setattr(Forked, "parent", request.getfixturevalue("forking_parent"), raising=False)
        monkeypatch.setattr(subprocess, "Popen", Forked)


@pytest.fixture
def starts(forks: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001  (what this takes back)
    """Let processes be started in this test, whatever other fixtures say."""
    monkeypatch.setattr(subprocess, "Popen", STARTED)
