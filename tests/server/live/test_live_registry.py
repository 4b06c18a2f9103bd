"""A registry that follows its file."""

from __future__ import annotations

import asyncio
import json
import os
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from remote_site import keep_download

from model_garden_registry import ModelRegistry, RegistryNotFoundError, RegistryReadError
from model_garden_registry.files.location import Location, NamedBy
from model_garden_registry.server.live import live_registry
from model_garden_registry.server.live.live_registry import LiveRegistry
from model_garden_registry.server.live.office import Office, OfficeClosedError
from model_garden_registry.server.live.snapshots import Snapshot

Write = Callable[..., Path]


class Clock:
    """A clock that stands until it is moved."""

    seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def models(live: LiveRegistry) -> list[str]:
    """Give the ids in use, after a look where one is due."""
    return ids(asyncio.run(live.current()))


def ids(snapshot: Snapshot) -> list[str]:
    """Return the ids of a reading."""
    return [row["id"] for row in json.loads(snapshot.reading.lists[b""].content)["data"]]


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
    """Its file is followed."""
    live = LiveRegistry(ModelRegistry(write({"a": {}})), seconds=1, clock=clock)
    before = models(live)
    write({"b": {}})
    clock.seconds += 1

    assert (before, models(live)) == (["a"], ["b"])


def test_a_new_download_takes_the_place_of_the_last_one(
    write: Write, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its file has another name; where `mgr.toml` is does not matter any more. A damaged state changes nothing."""
    url = "https://models.example/registry.json"
    (tmp_path / "mgr.toml").write_text(f'[remote]\nurl = "{url}"\n', encoding="utf-8")
    contents = [write({name: {}}, last_updated="2999-01-01T00:00:00Z").read_bytes() for name in "ab"]
    keep_download(url, contents[0])
    live = LiveRegistry(seconds=1, clock=clock)
    before = models(live)
    monkeypatch.chdir("/")
    cached = keep_download(url, contents[1])
    clock.seconds += 1
    after = models(live)
    (cached.path.parent / "state.json").write_text("{", encoding="utf-8")
    clock.seconds += 1

    assert (before, after, models(live)) == (["a"], ["b"], ["b"])


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


class Slow:
    """What opens offices, but after the first only when it may."""

    def __init__(self) -> None:
        self.may_read, self.is_reading, self.count = threading.Event(), threading.Event(), 0

    def __call__(self, locations: Sequence[Location]) -> Office:
        self.count += 1
        if self.count > 1:
            self.is_reading.set()
            self.may_read.wait(30)
        return Office(locations)


def test_who_asks_during_a_reading_gets_what_there_was(write: Write, clock: Clock) -> None:
    """One request waits for the file; the others are answered at once."""
    slow = Slow()
    live = LiveRegistry(write({"a": {}}), seconds=1, clock=clock, open_office=slow)
    write({"b": {}})
    clock.seconds += 1

    async def both() -> tuple[Any, Any]:
        first = asyncio.create_task(live.current())
        await asyncio.to_thread(slow.is_reading.wait, 30)
        second = ids(await live.current())
        clock.seconds += 1
        third = ids(await live.current())
        slow.may_read.set()
        return [second, third], ids(await first)

    assert asyncio.run(both()) == ([["a"], ["a"]], ["b"])


def test_a_reading_that_hangs_is_left_behind(write: Write, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests go on with what there was, and how old that is can be told."""
    monkeypatch.setattr(live_registry, "_PATIENCE_SECONDS", 0.05)
    slow = Slow()
    live = LiveRegistry(write({"a": {}}), seconds=1, clock=clock, open_office=slow)
    write({"b": {}})
    clock.seconds += 1
    during, age_at_first = models(live), live.behind_seconds
    clock.seconds += 59
    still, age = models(live), live.behind_seconds
    slow.may_read.set()
    clock.seconds += 1

    assert (during, still) == (["a"], ["a"])
    assert (age_at_first, age) == (1, 60)
    for _ in range(100):
        if models(live) == ["b"]:
            break
        clock.seconds += 1
        time.sleep(0.1)
    assert (models(live), live.behind_seconds) == (["b"], None)


class Mute:
    """An office that never says what it has read."""

    def __init__(self, problem: Exception | None) -> None:
        self.is_closed = False
        self._problem = problem

    def hand_over(self, _: float) -> Any:
        raise self._problem or TimeoutError

    def close(self) -> None:
        self.is_closed = True


@pytest.mark.parametrize("problem", [None, OfficeClosedError()], ids=["it is silent", "it has ended"])
def test_a_reading_that_gives_nothing_is_tried_again(
    problem: Exception | None, write: Write, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not at once, but also while the file stays as it is."""
    monkeypatch.setattr(live_registry, "_OPEN_SECONDS", 0.05)
    path, mute = write({"a": {}}), Mute(problem)
    live = LiveRegistry(path, seconds=1, clock=clock, open_office=lambda _: mute)  # type: ignore[arg-type, return-value]
    first = live.problem
    monkeypatch.setattr(live_registry, "_OPEN_SECONDS", 30)
    live._open_office = Office
    clock.seconds += 1

    assert isinstance(first, RegistryReadError)
    assert mute.is_closed
    assert models(live) == ["a"]


def test_a_process_that_cannot_be_started_leaves_what_there_was(write: Write, clock: Clock) -> None:
    """As where there are no descriptors left; the reason is given."""
    starts = 0

    def open_office(locations: Sequence[Location]) -> Office:
        nonlocal starts
        starts += 1
        if starts > 1:
            raise OSError(24, "Too many open files")
        return Office(locations)

    live = LiveRegistry(write({"a": {}}), seconds=1, clock=clock, open_office=open_office)
    write({"b": {}})
    clock.seconds += 1

    assert models(live) == ["a"]
    assert "no process could be started to read it (Too many open files)" in str(live.problem)


def test_an_office_that_has_ended_is_followed_by_another(write: Write, clock: Clock) -> None:
    """Though the file is the same."""
    live = LiveRegistry(write({"a": {}}), seconds=1, clock=clock)
    before = live.snapshot
    assert before is not None
    before._office.close()
    before._office._process.wait()
    live.look_again()

    assert models(live) == ["a"]
    assert live.snapshot is not before


@pytest.mark.parametrize("content", [b'{"extends": true, "models":', b'{"extends": true, "version": "9.0.0"}'])
def test_a_broken_overlay_leaves_the_last_good_registry(
    content: bytes, write: Write, clock: Clock, tmp_path: Path
) -> None:
    """Without it other models would be listed, and nobody would know."""
    overlay = tmp_path / "overlay.json"
    overlay.write_text('{"extends": true, "models": {"a": null}}')
    live = LiveRegistry(ModelRegistry([write({"a": {}, "b": {}}), overlay]), seconds=1, clock=clock)
    overlay.write_bytes(content)
    clock.seconds += 5
    while_broken, problem, behind = models(live), live.problem, live.behind_seconds
    overlay.write_text('{"extends": true, "models": {"b": null}}')
    clock.seconds += 1

    assert while_broken == ["b"]
    assert isinstance(problem, RegistryReadError)
    assert (problem.path, behind) == (overlay, 5)
    assert (models(live), live.problem, live.behind_seconds) == (["a"], None, None)


def test_a_file_that_was_never_there_holds_nothing_up(write: Write, clock: Clock, tmp_path: Path) -> None:
    """It is a problem, and the other files are followed all the same."""
    broken = tmp_path / "broken.json"
    broken.write_bytes(b'{"extends": true, "models":')
    path = write({"a": {}})
    live = LiveRegistry([Location(one, NamedBy.CONFIGURATION) for one in (broken, path)], seconds=1, clock=clock)
    first = models(live)
    write({"b": {}})
    clock.seconds += 1

    assert (first, models(live)) == (["a"], ["b"])
    assert live.problem is not None
    assert "broken.json" in str(live.problem)
