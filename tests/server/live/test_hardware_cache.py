"""The hardware of this machine, read at most every few seconds."""

from __future__ import annotations

import asyncio
import threading

import pytest

from model_garden_registry import Hardware
from model_garden_registry.server.live.hardware_cache import HardwareCache


class Machine:
    """A machine that counts how often it is read, and whose clock stands."""

    def __init__(self) -> None:
        self.readings = 0
        self.seconds = 100.0
        self.threads: set[int] = set()

    def read(self) -> Hardware:
        self.readings += 1
        self.threads.add(threading.get_ident())
        return Hardware(source="none", driver_version=str(self.readings))

    def cache(self) -> HardwareCache:
        return HardwareCache(self.read, seconds=5, clock=lambda: self.seconds)


def test_a_reading_counts_for_some_seconds() -> None:
    """Then the machine is read again."""
    machine = Machine()
    cache = machine.cache()
    versions = []
    for passed in (0, 4.9, 0.1, 5):
        machine.seconds += passed
        versions.append(asyncio.run(cache.current()).driver_version)

    assert versions == ["1", "1", "2", "3"]


def test_the_event_loop_is_not_held_up() -> None:
    """Reading happens in another thread."""
    machine = Machine()
    asyncio.run(machine.cache().current())

    assert threading.get_ident() not in machine.threads


def test_many_who_ask_at_once_share_one_reading() -> None:
    """Also where one of them goes away while the driver thinks."""
    machine = Machine()
    may_answer = threading.Event()

    def slow() -> Hardware:
        may_answer.wait(30)
        return machine.read()

    async def ask() -> list[object]:
        cache = HardwareCache(slow)
        asking = [asyncio.create_task(cache.current()) for _ in range(20)]
        await asyncio.sleep(0)
        asking[0].cancel()
        may_answer.set()
        return await asyncio.gather(*asking, return_exceptions=True)

    answers = asyncio.run(ask())

    assert isinstance(answers[0], asyncio.CancelledError)
    assert {id(answer) for answer in answers[1:]} == {id(answers[1])}
    assert machine.readings == 1


def test_a_reading_that_fails_is_tried_again() -> None:
    """The error is for who asked, and not kept."""
    machine = Machine()
    errors: list[Exception] = [OSError("gone")]

    def read() -> Hardware:
        if errors:
            raise errors.pop()
        return machine.read()

    cache = HardwareCache(read, clock=lambda: 0.0)
    with pytest.raises(OSError, match="gone"):
        asyncio.run(cache.current())

    assert asyncio.run(cache.current()).driver_version == "1"
