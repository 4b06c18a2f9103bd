"""The process that has a registry: the server's side. Equal questions are sent once, and cancelled if none waits."""

from __future__ import annotations

import asyncio
import itertools
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO, Any, cast

from model_garden_registry.errors import RegistryError
from model_garden_registry.files.location import Location, written
from model_garden_registry.server.live.answers import Answer, Reading, Wanted
from model_garden_registry.server.live.frames import read_frame, write_frame


class OfficeClosedError(Exception):
    """The process has ended, or does not answer."""


@dataclass(slots=True)
class _Asked:
    number: int
    answer: Future[Answer] = field(default_factory=Future)
    waiting: int = 0


class Office:
    """
    A process that reads a registry and answers questions about it.

    Args:
        locations: Its files, the strongest first; see ``load_layers``.
    """

    def __init__(self, locations: Sequence[Location]) -> None:
        #: The reading, when done, until it is handed over.
        self._opened: Future[Reading] = Future()
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._asked: dict[bytes, _Asked] = {}
        self._by_number: dict[int, _Asked] = {}
        self._outbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._is_retired = False
        self._process = _start(locations)
        for work in (self._read, self._write):
            threading.Thread(target=work, name="mgr-office", daemon=True).start()

    @property
    def has_ended(self) -> bool:
        """Whether the process has ended."""
        return self._process.poll() is not None

    async def ask(self, wanted: Wanted) -> Answer:
        """
        Return the answer; equal questions share it, also if one of them is cancelled.

        Raises:
            OfficeClosedError: There is no answer.
        """
        key = pickle.dumps(wanted)
        with self._lock:
            asked = self._asked.get(key)
            if asked is None:
                asked = self._asked[key] = _Asked(next(self._numbers))
                self._by_number[asked.number] = asked
                self._outbox.put((asked.number, wanted))
                if self.has_ended:
                    asked.answer.set_exception(OfficeClosedError())
            asked.waiting += 1
        try:
            return await asyncio.shield(asyncio.wrap_future(asked.answer))
        finally:
            self._part(key, asked)

    def hand_over(self, seconds: float) -> Reading:
        """
        Return the reading, and keep it no longer: the process may outlive its use, with questions that take long.

        Args:
            seconds: How long to wait for it.

        Raises:
            TimeoutError: It is not done by then.

            RegistryError: The file cannot be read.

            OfficeClosedError: The process has ended.
        """
        reading = self._opened.result(seconds)
        self._opened = Future()
        return reading

    def retire(self) -> None:
        """End the process when every question is answered."""
        with self._lock:
            self._is_retired = True
            self._end_if_idle()

    def close(self) -> None:
        """End the process now."""
        self._process.kill()

    def _part(self, key: bytes, asked: _Asked) -> None:
        with self._lock:
            asked.waiting -= 1
            if asked.waiting:
                return
            if self._asked.get(key) is asked:
                del self._asked[key]
            if self._by_number.pop(asked.number, None) and not asked.answer.done():
                self._outbox.put((asked.number, None))
            self._end_if_idle()

    def _end_if_idle(self) -> None:
        if self._is_retired and not self._by_number:
            self._outbox.put(None)

    def _write(self) -> None:
        questions = cast("IO[bytes]", self._process.stdin)
        with suppress(OSError), questions:  # closed by the reader; closing writes the rest
            while (message := self._outbox.get()) is not None:
                write_frame(questions, message)

    def _read(self) -> None:
        answers = cast("IO[bytes]", self._process.stdout)
        try:
            self._open(read_frame(answers))
            while True:
                number, answer = read_frame(answers)
                with self._lock:
                    asked = self._by_number.pop(number, None)
                if asked is not None:
                    asked.answer.set_result(answer)
        except EOFError:
            answers.close()
            self._fail()

    def _open(self, opened: Reading | RegistryError) -> None:
        if isinstance(opened, RegistryError):
            self._opened.set_exception(opened)
        else:
            self._opened.set_result(opened)

    def _fail(self) -> None:
        self._process.kill()
        self._process.wait()
        self._outbox.put(None)
        if not self._opened.done():
            self._opened.set_exception(OfficeClosedError())
        with self._lock:
            left, self._by_number = [*self._by_number.values()], {}
        for asked in left:
            if not asked.answer.done():
                asked.answer.set_exception(OfficeClosedError())


def _start(locations: Sequence[Location]) -> subprocess.Popen[bytes]:
    """Start the process with the module path of this one."""
    program = (
        f"import sys; sys.path[:] = {[*map(str, sys.path)]!a}\n"
        "from model_garden_registry.server.live.office_process import main\n"
        "main(sys.argv[1])"
    )
    return subprocess.Popen(
        [sys.executable, "-c", program, written(locations)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
