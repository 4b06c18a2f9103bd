"""Processes that end with the process that started them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from model_garden_registry.orphans import end_with_parent

#: Starts workers that wait for a question, tells their numbers, and waits itself.
PARENT = """
import os, sys, time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from model_garden_registry.orphans import end_with_parent

if __name__ == "__main__":
    with ProcessPoolExecutor(2, get_context("spawn"), initializer=end_with_parent) as pool:
        pool.submit(time.sleep, 3600)
        print(pool.submit(os.getpid).result(), flush=True)
        time.sleep(3600)
"""


@pytest.mark.skipif(os.name != "posix", reason="what ends a process is a signal")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGKILL"])
def test_workers_end_with_their_parent(name: str) -> None:
    """Also with one that was killed. Standard output stays open as long as one of them lives."""
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert int(parent.stdout.readline()) != parent.pid
        parent.send_signal(signal.Signals[name])
        rest, _ = parent.communicate(timeout=300)

    assert rest == ""


def test_a_process_without_a_parent_of_ours_goes_on() -> None:
    """Nothing waits there."""
    end_with_parent()


def test_work_is_done_as_without() -> None:
    """A parent that lives ends nothing."""
    with ProcessPoolExecutor(1, get_context("spawn"), initializer=end_with_parent) as pool:
        assert pool.submit(len, "four").result() == 4
