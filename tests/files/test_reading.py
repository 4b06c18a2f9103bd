"""The bytes of a file: regular files only, and nobody waits in vain."""

from __future__ import annotations

import builtins
import io
import os
import socket
import sys
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import Mock

import pytest

from model_garden_registry.errors import RegistryNotFoundError, RegistryReadError
from model_garden_registry.files import reading
from model_garden_registry.files.reading import (
    LARGEST_REGISTRY_BYTES,
    is_file,
    is_folder,
    is_there,
    names_in,
    read_bytes,
    readable_names,
)
from model_garden_registry.units import MIB


def refusal(path: Path, largest: int | None = None) -> str:
    """Return what is wrong with a file."""
    with pytest.raises(RegistryReadError) as caught:
        read_bytes(path, largest)
    assert (caught.value.path, caught.value.code) == (path, "unreadable")
    return caught.value.problem


@pytest.mark.parametrize("size", [0, 1, MIB, 3 * MIB + 1])
def test_a_file_is_read_whole(size: int, tmp_path: Path) -> None:
    """Whatever is in it."""
    path = tmp_path / "file"
    path.write_bytes(os.urandom(size))

    assert read_bytes(path) == path.read_bytes()


def test_a_file_larger_than_its_bound_is_refused(tmp_path: Path) -> None:
    """A byte decides."""
    path = tmp_path / "file"
    path.write_bytes(b" " * 10)

    assert read_bytes(path, 10) == b" " * 10
    assert refusal(path, 9) == "is larger than 9 bytes"


def test_a_file_of_many_bytes_is_not_read(tmp_path: Path) -> None:
    """Its size says enough."""
    path = tmp_path / "file"
    with path.open("wb") as file:
        file.truncate(LARGEST_REGISTRY_BYTES + 1)

    tracemalloc.start()
    try:
        assert refusal(path) == "is larger than 67108864 bytes"
        assert tracemalloc.get_traced_memory()[1] < MIB
    finally:
        tracemalloc.stop()


def test_a_small_file_takes_little_memory(tmp_path: Path) -> None:
    """The bound is no buffer: where memory is short, a small registry is still read."""
    path = tmp_path / "small.json"
    path.write_bytes(b"{}")
    tracemalloc.start()
    try:
        read_bytes(path)

        assert tracemalloc.get_traced_memory()[1] < MIB
    finally:
        tracemalloc.stop()


def test_a_larger_registry_is_read_where_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In MiB; whatever else has a bound keeps it."""
    path = tmp_path / "file"
    path.write_bytes(b" " * (MIB + 1))

    monkeypatch.setenv("MGR_MAX_REGISTRY_MIB", "1")
    small = refusal(path)
    monkeypatch.setenv("MGR_MAX_REGISTRY_MIB", "2")
    assert len(read_bytes(path)) == MIB + 1
    assert (small, refusal(path, 5)) == ("is larger than 1048576 bytes", "is larger than 5 bytes")


@pytest.mark.parametrize("text", ["much", "-1", "1.5", "9" * 20, "²"])
def test_a_bound_that_is_no_number_is_told(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the name of the variable."""
    monkeypatch.setenv("MGR_MAX_REGISTRY_MIB", text)

    assert refusal(tmp_path) == f"is not read: MGR_MAX_REGISTRY_MIB is {text!r}, not a number of MiB"


def test_a_file_that_grows_is_read_to_its_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its size says too little: another program writes it, or the system makes it up."""
    path, status = tmp_path / "file", os.fstat
    path.write_bytes(b" " * 10)
    empty = [0] * 10

    def small(descriptor: int) -> os.stat_result:
        found = status(descriptor)
        return os.stat_result([found.st_mode, *empty[1:]]) if found.st_size == 10 else found

    monkeypatch.setattr(os, "fstat", small)

    assert read_bytes(path) == b" " * 10
    assert refusal(path, 9) == "is larger than 9 bytes"


@contextmanager
def pipe(path: Path) -> Iterator[None]:
    """Make a pipe that nobody writes to."""
    os.mkfifo(path)
    yield


@contextmanager
def listening(path: Path) -> Iterator[None]:
    """Make a socket."""
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)
        yield


@contextmanager
def device(path: Path) -> Iterator[None]:
    """Lead to a device that never ends."""
    path.symlink_to("/dev/zero")
    yield


@contextmanager
def folder(path: Path) -> Iterator[None]:
    """Make a folder."""
    path.mkdir()
    yield


@pytest.mark.skipif(os.name == "nt", reason="POSIX files")
@pytest.mark.parametrize(
    ("make", "kind"),
    [
        pytest.param(pipe, "a pipe", id="a pipe"),
        pytest.param(listening, "a socket", id="a socket"),
        pytest.param(device, "a device", id="a device"),
        pytest.param(folder, "a directory", id="a folder"),
    ],
)
def test_what_is_no_file_is_not_opened(make: Callable[[Path], Iterator[None]], kind: str, tmp_path: Path) -> None:
    """At once, with what it is."""
    path = tmp_path / "odd"
    with make(path):  # type: ignore[attr-defined]
        assert refusal(path) == f"is {kind}, not a file"


@pytest.mark.skipif(os.name == "nt", reason="POSIX files")
def test_what_becomes_a_pipe_is_refused_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look at it and its opening; nobody waits for a writer."""
    path, file = tmp_path / "odd", tmp_path / "file"
    file.write_bytes(b"")
    os.mkfifo(path)
    status = file.stat()
    monkeypatch.setattr(Path, "stat", lambda _: status)

    assert refusal(path) == "is a pipe, not a file"


def test_a_kind_without_a_name_is_something_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some systems have more of them."""
    monkeypatch.setattr(Path, "stat", lambda _: os.stat_result([0] * 10))

    assert refusal(tmp_path / "odd") == "is something else, not a file"


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        pytest.param(PermissionError(13, "Permission denied"), "may not be read by this user", id="no permission"),
        pytest.param(OSError(5, "Input/output error"), "cannot be read: Input/output error", id="a broken disk"),
        pytest.param(OSError("odd"), "cannot be read: odd", id="without a number"),
    ],
)
def test_a_file_that_cannot_be_opened_is_refused_with_the_reason(
    error: OSError, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the words of the system."""
    path = tmp_path / "file"
    path.write_bytes(b"")
    monkeypatch.setattr(os, "open", Mock(side_effect=error))

    assert refusal(path) == problem


def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path) -> None:
    """So is one below a file."""
    (tmp_path / "file").touch()

    assert refusal(tmp_path / "a\0b").startswith("cannot be read: ")  # in the words of this Python
    assert refusal(tmp_path / "file" / "models.json") == f"cannot be read: {os.strerror(20)}"


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    """Which is an error of its own."""
    with pytest.raises(RegistryNotFoundError):
        read_bytes(tmp_path / "none.json")


def test_what_no_file_causes_is_no_error_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as too little memory."""
    (tmp_path / "file").touch()
    monkeypatch.setattr(os, "open", Mock(side_effect=MemoryError))

    with pytest.raises(MemoryError):
        read_bytes(tmp_path / "file")


def test_a_disk_that_does_not_answer_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread that asks it goes on waiting, and keeps no program from ending."""
    path, answer, opened = tmp_path / "file", threading.Event(), os.open
    path.write_bytes(b"")

    def wait(*arguments: object) -> int:
        answer.wait()
        return opened(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(reading, "LIMIT_SECONDS", 0.05)
    monkeypatch.setattr(os, "open", wait)

    assert refusal(path) == "cannot be read: no answer within 0.05 seconds"
    (left,) = [thread for thread in threading.enumerate() if thread.name == "reading"]
    answer.set()
    left.join()
    assert left.daemon


@pytest.mark.skipif(sys.platform != "linux", reason="a file without a size")
def test_a_file_that_says_no_size_is_read() -> None:
    """The system makes it up as it is read."""
    assert read_bytes(Path("/proc/self/status")).startswith(b"Name:")


def test_a_file_with_nothing_to_read_yet_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as the log of a kernel, which is opened so that nobody waits for it."""
    (tmp_path / "log").touch()

    class Later(io.FileIO):
        def read(self, _: int = -1) -> bytes:
            return None  # type: ignore[return-value]

    monkeypatch.setattr(builtins, "open", lambda descriptor, *_, **__: Later(descriptor))

    assert refusal(tmp_path / "log") == "cannot be read: there is nothing to read now"


#: What no system looks up: ``Path.exists`` raises there, as it does below a folder that is closed to the user.
TOO_LONG = "x" * 300


@pytest.mark.parametrize("name", [TOO_LONG, "loop", "gone"])
def test_what_cannot_be_looked_at_is_not_there(name: str, tmp_path: Path) -> None:
    """Neither a file nor a folder, and without names."""
    (tmp_path / "loop").symlink_to("loop")
    path = tmp_path / name

    assert (is_there(path), is_file(path), is_folder(path), readable_names(path)) == (False, False, False, [])
    with pytest.raises(RegistryReadError):
        names_in(path)


def test_what_is_there_is_seen(tmp_path: Path) -> None:
    """A folder with its names, sorted."""
    for name in "ba":
        (tmp_path / name).touch()

    assert (is_there(tmp_path), is_folder(tmp_path), is_file(tmp_path / "a")) == (True, True, True)
    assert names_in(tmp_path) == readable_names(tmp_path) == ["a", "b"]


def test_a_file_is_read_where_no_thread_can_be_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a browser; there is no limit in time then."""
    (tmp_path / "file").write_bytes(b"content")

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)

    assert read_bytes(tmp_path / "file") == b"content"
    with pytest.raises(RegistryReadError):
        read_bytes(tmp_path / "missing")
