"""What another process prints, of which only the end is kept."""

from __future__ import annotations

import os
import threading

import pytest

from model_garden_registry.hardware.driver.tails import Tail, feed


def test_only_the_end_is_kept() -> None:
    """However much comes; who prints it never waits."""
    read, write = os.pipe()
    tail = Tail(os.fdopen(read, "rb"), most_bytes=10)

    with os.fdopen(write, "wb") as pipe:
        pipe.write(b"x" * 1_000_000 + b"the end")

    assert tail.content(wait_seconds=60) == b"xxxthe end"


def test_what_came_so_far_is_given_while_the_pipe_is_open() -> None:
    """A process that the kernel holds keeps its end open."""
    read, write = os.pipe()
    tail = Tail(os.fdopen(read, "rb"), most_bytes=10)

    before = tail.content(wait_seconds=0)
    os.write(write, b"late")
    os.close(write)

    assert (before, tail.content(wait_seconds=60)) == (b"", b"late")


@pytest.mark.parametrize("content", [pytest.param(b"short", id="short"), pytest.param(b"x" * 1_000_000, id="long")])
def test_what_is_fed_arrives(content: bytes) -> None:
    """More than a pipe holds, too: nobody waits until it is read."""
    read, write = os.pipe()

    feed(os.fdopen(write, "wb"), content)

    assert Tail(os.fdopen(read, "rb"), most_bytes=2_000_000).content(wait_seconds=60) == content


def test_a_reader_that_is_gone_is_no_error() -> None:
    """The process ended; its status says why."""
    read, write = os.pipe()
    os.close(read)

    feed(os.fdopen(write, "wb"), b"nobody reads this")

    for thread in threading.enumerate():
        if thread.name == "mgr writer":
            thread.join(60)
