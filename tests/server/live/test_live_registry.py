"""A registry that follows its file."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry import ModelRegistry, RegistryNotFoundError, RegistryReadError
from model_garden_registry.server.live.live_registry import LiveRegistry

Write = Callable[..., Path]


class Clock:
    """A clock that stands until it is moved."""

    seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def models(live: LiveRegistry) -> list[str]:
    """Give the ids in use, after a look where one is due."""
    return list(asyncio.run(live.current()).registry)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_change_counts_from_the_next_look(write: Write, clock: Clock) -> None:
    """Within the second after a look the file is left alone; then it is read again."""
    live = LiveRegistry(write({"a": {}}), seconds=1, clock=clock)
    write({"a": {}, "b": {}})
    before = models(live)
    clock.seconds += 1

    assert (before, models(live)) == (["a"], ["a", "b"])


def test_an_unchanged_file_is_not_read_again(write: Write, clock: Clock) -> None:
    """A look that finds the same file leaves the reading as it is."""
    live = LiveRegistry(write({"a": {}}), seconds=1, clock=clock)
    first = live.snapshot
    clock.seconds += 5

    assert models(live) == ["a"]
    assert live.snapshot is first


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"{", id="no JSON"),
        pytest.param(b"", id="empty"),
        pytest.param(b'{"version": "9.0.0"}', id="newer format"),
        pytest.param(None, id="deleted"),
    ],
)
def test_a_broken_file_leaves_the_last_good_registry(content: bytes | None, write: Write, clock: Clock) -> None:
    """It stays in use, with the reason beside it, until the file can be read again."""
    path = write({"a": {}})
    live = LiveRegistry(path, seconds=1, clock=clock)
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    clock.seconds += 1
    while_broken, problem = models(live), live.problem
    write({"b": {}})
    clock.seconds += 1

    assert while_broken == ["a"]
    assert isinstance(problem, RegistryReadError)
    assert (models(live), live.problem) == (["b"], None)


def test_a_problem_keeps_nothing_of_what_was_read(write: Write, clock: Clock) -> None:
    """Its traceback would hold the whole file."""
    path = write({"a": {}})
    live = LiveRegistry(path, seconds=1, clock=clock)
    path.write_bytes(b'{"version": 1,}')
    clock.seconds += 1
    models(live)

    assert live.problem is not None
    assert (live.problem.__traceback__, live.problem.__context__) == (None, None)


def test_a_file_that_is_not_there_yet_is_waited_for(tmp_path: Path, write: Write, clock: Clock) -> None:
    """Making the registry does not raise; asking it does, until the file is there."""
    live = LiveRegistry(tmp_path / "registry.json", seconds=1, clock=clock)
    with pytest.raises(RegistryNotFoundError):
        models(live)
    write({"a": {}})
    clock.seconds += 1

    assert models(live) == ["a"]


def test_a_replaced_file_is_seen(write: Write, tmp_path: Path, clock: Clock) -> None:
    """Another file under the same name, of the same size and time, is a change."""
    path = write({"a": {}})
    live = LiveRegistry(path, seconds=1, clock=clock)
    times = path.stat().st_atime_ns, path.stat().st_mtime_ns
    other = tmp_path / "other.json"
    other.write_text(path.read_text(encoding="utf-8").replace('"a"', '"b"'), encoding="utf-8")
    os.utime(other, ns=times)
    other.replace(path)
    clock.seconds += 1

    assert models(live) == ["b"]


def test_a_registry_may_be_given(write: Write, clock: Clock) -> None:
    """It is used as it is, and its file followed."""
    given = ModelRegistry(write({"a": {}}))
    live = LiveRegistry(given, seconds=1, clock=clock)
    first = live.snapshot
    write({"b": {}})
    clock.seconds += 1

    assert first is not None
    assert first.registry is given
    assert models(live) == ["b"]


def test_another_working_directory_changes_nothing(
    write: Write, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative path means what it meant at the start."""
    live = LiveRegistry(write({"a": {}}).name, seconds=1, clock=clock)
    write({"b": {}})
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    clock.seconds += 1

    assert models(live) == ["b"]


def test_who_asks_during_a_reading_gets_what_there_was(
    write: Write, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One request waits for the file; the others are answered at once."""
    live = LiveRegistry(write({"a": {}}), seconds=1, clock=clock)
    write({"b": {}})
    clock.seconds += 1
    may_read = threading.Event()
    is_reading = threading.Event()

    def slow(path: Path) -> ModelRegistry:
        is_reading.set()
        may_read.wait(30)
        return ModelRegistry(path)

    monkeypatch.setattr("model_garden_registry.server.live.live_registry.ModelRegistry", slow)

    async def both() -> tuple[Any, Any]:
        first = asyncio.create_task(live.current())
        await asyncio.to_thread(is_reading.wait, 30)
        second = list((await live.current()).registry)
        clock.seconds += 1
        third = list((await live.current()).registry)
        may_read.set()
        return [second, third], list((await first).registry)

    assert asyncio.run(both()) == ([["a"], ["a"]], ["b"])
