"""One writer of a file at a time."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from unittest.mock import Mock

import filelock
import pytest

from model_garden_registry.errors import LockedError, RegistryWriteError
from model_garden_registry.files.writing import locks
from model_garden_registry.files.writing.locks import beside, locked

posix_only = pytest.mark.skipif(os.name == "nt", reason="POSIX files")

HOLD = """
import sys
from pathlib import Path
from model_garden_registry.files.writing.locks import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Name a file that need not be there."""
    return tmp_path / "models.json"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody wait."""
    monkeypatch.setattr(locks, "LIMIT_SECONDS", 0.0)


def held_elsewhere(path: Path) -> subprocess.Popen[bytes]:
    """Start a process that holds the lock of a file."""
    holder = subprocess.Popen([sys.executable, "-c", HOLD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline().strip() == b"held"
    return holder


@pytest.mark.usefixtures("impatient")
def test_a_holder_in_another_process_is_named(path: Path) -> None:
    """The line says whom to wait for; once that has been killed, nobody holds anything."""
    with held_elsewhere(path) as holder:
        with pytest.raises(LockedError) as refusal, locked(path):
            pass
        holder.kill()

    assert (refusal.value.path, refusal.value.holder) == (path, f"process {holder.pid}")
    assert str(refusal.value) == f"{path}: is locked by process {holder.pid}: try again when that has finished"
    with locked(path):
        pass


@posix_only
def test_nothing_is_left_of_a_lock(path: Path) -> None:
    """No file beside the one that is written."""
    with locked(path):
        held = [*path.parent.iterdir()]

    assert (held, [*path.parent.iterdir()]) == ([beside(path, "mgr-lock")], [])


@pytest.mark.usefixtures("impatient")
def test_threads_exclude_each_other_too(path: Path) -> None:
    """A lock is of a writer, not of a process."""
    with locked(path), pytest.raises(LockedError, match=f"by process {os.getpid()}: "), locked(path):
        pass


def test_who_waits_gets_the_lock(path: Path) -> None:
    """As soon as the writer before has ended."""
    order = []

    def write() -> None:
        with locked(path):
            order.append("second")

    with locked(path):
        thread = threading.Thread(target=write)
        thread.start()
        time.sleep(0.1)
        order.append("first")
    thread.join()

    assert order == ["first", "second"]


def test_a_holder_on_another_machine_is_named_with_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a folder that machines share."""
    monkeypatch.setattr(locks, "LIMIT_SECONDS", 0.0)
    monkeypatch.setattr("platform.node", lambda: "node1")
    with locked(path):
        monkeypatch.setattr("platform.node", lambda: "node2")
        with pytest.raises(LockedError, match=f"by process {os.getpid()} on node1: "), locked(path):
            pass


@pytest.mark.usefixtures("impatient")
def test_a_holder_that_cannot_be_read_is_another_process(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lock counts all the same."""
    with locked(path):
        monkeypatch.setattr(os, "read", Mock(side_effect=OSError))
        with pytest.raises(LockedError, match="by another process: "), locked(path):
            pass


def test_a_lock_that_lost_its_name_is_none(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The writer before removed its file while this one was about to lock it."""
    lock, calls = filelock.lock_descriptor, []

    def lock_late(descriptor: int, *, blocking: bool) -> bool:
        if not calls:
            beside(path, "mgr-lock").unlink()
        calls.append(blocking)
        return lock(descriptor, blocking=blocking)

    monkeypatch.setattr(filelock, "lock_descriptor", lock_late)
    with locked(path):
        assert beside(path, "mgr-lock").exists()

    assert calls == [False, False]


@posix_only
def test_a_link_is_locked_as_what_it_leads_to(path: Path, tmp_path: Path) -> None:
    """Else two names were two locks."""
    path.write_bytes(b"")
    link = tmp_path / "folder" / "link.json"
    link.parent.mkdir()
    link.symlink_to(path)

    with locked(link) as target:
        assert (target, beside(path, "mgr-lock").exists()) == (path.resolve(), True)


@posix_only
def test_what_is_no_file_is_no_lock(path: Path) -> None:
    """A pipe that somebody put there; it stays."""
    os.mkfifo(beside(path, "mgr-lock"))

    with pytest.raises(RegistryWriteError, match="is not a regular file; remove it"), locked(path):
        pass

    assert stat.S_ISFIFO(beside(path, "mgr-lock").stat().st_mode)


def test_there_is_no_lock_where_there_is_no_folder(tmp_path: Path) -> None:
    """In the words of the system."""
    with (
        pytest.raises(RegistryWriteError, match="cannot be written: No such file or directory"),
        locked(tmp_path / "no" / "a"),
    ):
        pass


def test_a_folder_that_may_not_be_changed_says_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is refused is named, not that there is no lock yet."""
    open_file = os.open

    def refusing(name: str, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_CREAT:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), name)
        return open_file(name, flags, mode)

    monkeypatch.setattr(os, "open", refusing)

    with pytest.raises(RegistryWriteError, match="cannot be written: Permission denied"), locked(path):
        pass


def test_a_lock_of_another_user_is_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To hold it, that is enough."""
    opened, flags = os.open, []

    def refuse(name: str, how: int, mode: int = 0o777) -> int:
        flags.append(how & os.O_RDWR)
        if how & os.O_RDWR:
            raise PermissionError
        return opened(name, how, mode)

    beside(path, "mgr-lock").write_bytes(b"")
    monkeypatch.setattr(os, "open", refuse)
    with locked(path):
        pass

    assert flags == [os.O_RDWR, 0]


def test_a_long_name_is_cut(tmp_path: Path) -> None:
    """In bytes, as systems count."""
    name = beside(tmp_path / ("ü" * 120), "mgr-lock").name

    assert len(os.fsencode(name)) <= 255
    assert name.endswith(".mgr-lock")
