"""The process that has a registry: its own side. It reads the file, then answers until its pipe is closed."""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import warnings
from collections import deque
from collections.abc import Iterator
from copy import copy
from typing import IO

from model_garden_registry.errors import RegistryError
from model_garden_registry.files.location import read_written
from model_garden_registry.registry.model_registry import registry_of
from model_garden_registry.server.live.answers import Answer, Wanted
from model_garden_registry.server.live.clerk import Clerk
from model_garden_registry.server.live.frames import read_frame, write_frame
from model_garden_registry.visible_text import visible

#: Lower priority, so that the server sends prepared answers first, also on few cores.
_NICENESS = 5
#: A question by its number, or None if it is cancelled.
_Message = tuple[int, Wanted | None]
_Job = tuple[int, Iterator[Answer | None]]


def main(locations: str) -> None:
    """Answer questions from stdin until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which finishes its requests
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # anything printed goes to stderr
    warnings.showwarning = tell
    messages: queue.SimpleQueue[_Message] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, messages), daemon=True).start()
    try:
        clerk = Clerk(registry_of(read_written(locations)))
        write_frame(answers, clerk.reading())
    except RegistryError as error:
        write_frame(answers, copy(error))  # without the traceback
        return
    work(clerk, messages, answers)


def tell(message: Warning | str, *_: object, **__: object) -> None:
    """Write a warning as the command line writes it: a line, without a place in the program."""
    sys.stderr.write(f"mgr: warning: {visible(str(message))}\n")


def _listen(questions: IO[bytes], messages: queue.SimpleQueue[_Message]) -> None:
    try:
        while True:
            messages.put(read_frame(questions))
    except EOFError:
        os._exit(0)  # the server has ended, or has a newer reading


def work(clerk: Clerk, messages: queue.SimpleQueue[_Message], answers: IO[bytes]) -> None:
    """Advance all questions in turn, new ones at once, so that a long one does not delay a short one."""
    jobs: deque[_Job] = deque()
    while True:
        while not jobs or not messages.empty():
            number, wanted = messages.get()
            if wanted is None:
                jobs = deque(job for job in jobs if job[0] != number)
            else:
                jobs.appendleft((number, clerk.steps(wanted)))
        number, steps = jobs.popleft()
        answer = next(steps)
        if answer is None:
            jobs.append((number, steps))
        else:
            write_frame(answers, (number, answer))
