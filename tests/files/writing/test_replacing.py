"""A file is written whole or not at all, and over another with that one's rights."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from unittest.mock import Mock

import pytest

from model_garden_registry.errors import RegistryNotFoundError, RegistryWriteError
from model_garden_registry.files.writing import replacing
from model_garden_registry.files.writing.locks import beside
from model_garden_registry.files.writing.replacing import edit_file, make_folder, write_file

posix_only = pytest.mark.skipif(os.name == "nt", reason="POSIX files")

OLD, NEW = b'{"a": 1}', b'{"a": 2}'


def to(content: bytes) -> Callable[[bytes | None], bytes]:
    """Return a change to this content."""
    return lambda _: content


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Write a file."""
    path = tmp_path / "models.json"
    path.write_bytes(OLD)
    return path


def test_a_file_is_written_with_the_rights_of_any_new_file(tmp_path: Path) -> None:
    """And nothing else is left."""
    path, other = tmp_path / "a", tmp_path / "b"
    other.write_bytes(b"")

    write_file(path, b"text")

    assert path.read_bytes() == b"text"
    assert path.stat().st_mode == other.stat().st_mode
    assert sorted(tmp_path.iterdir()) == [path, other]


def test_a_file_that_can_be_made_again_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither it nor its folder is synced."""
    monkeypatch.setattr(os, "fsync", Mock(side_effect=AssertionError))

    write_file(tmp_path / "a", b"new", is_durable=False)
    write_file(tmp_path / "a", b"newer", is_forced=True, is_durable=False)

    assert (tmp_path / "a").read_bytes() == b"newer"


def test_another_file_stays_unless_it_may_be_replaced(path: Path) -> None:
    """Then it keeps its rights."""
    path.chmod(0o640)
    with pytest.raises(FileExistsError):
        write_file(path, NEW)
    kept = path.read_bytes()
    write_file(path, NEW, is_forced=True)

    assert (kept, path.read_bytes(), [*path.parent.iterdir()]) == (OLD, NEW, [path])
    assert os.name == "nt" or path.stat().st_mode & 0o777 == 0o640


def test_a_name_that_is_taken_meanwhile_stays_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a program that takes no lock."""
    path, sync = tmp_path / "a", os.fsync

    def take(descriptor: int) -> None:
        path.write_bytes(OLD)
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", take)
    with pytest.raises(FileExistsError):
        write_file(path, NEW)

    assert (path.read_bytes(), [*tmp_path.iterdir()]) == (OLD, [path])


def test_a_file_system_without_links_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the name is looked at before."""
    path, sync = tmp_path / "a", os.fsync
    monkeypatch.setattr(Path, "hardlink_to", Mock(side_effect=PermissionError))
    write_file(path, b"text")
    written = path.read_bytes()
    path.unlink()

    def take(descriptor: int) -> None:
        path.write_bytes(OLD)
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", take)
    with pytest.raises(FileExistsError):
        write_file(path, b"new")

    assert (written, path.read_bytes()) == (b"text", OLD)


def test_a_change_is_made_of_what_the_file_holds(path: Path) -> None:
    """With the rights that it has, and nothing left beside it."""
    path.chmod(0o640)
    edit_file(path, lambda content: (content or b"") + b"\n")

    assert (path.read_bytes(), [*path.parent.iterdir()]) == (OLD + b"\n", [path])
    assert os.name == "nt" or path.stat().st_mode & 0o777 == 0o640


def test_a_file_that_is_not_there_is_made(tmp_path: Path) -> None:
    """Of nothing."""
    edit_file(tmp_path / "a", lambda content: repr(content).encode())

    assert (tmp_path / "a").read_bytes() == b"None"


def test_a_change_to_the_same_is_none(path: Path) -> None:
    """Not even the file's date."""
    before = path.stat()
    edit_file(path, to(OLD))

    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_change_that_fails_leaves_the_file(path: Path) -> None:
    """Its error is the caller's."""
    with pytest.raises(RegistryNotFoundError):
        edit_file(path, Mock(side_effect=RegistryNotFoundError(path)))

    assert (path.read_bytes(), [*path.parent.iterdir()]) == (OLD, [path])


def test_a_file_that_has_changed_is_left_alone(path: Path) -> None:
    """An editor takes no lock; what it saves is not lost."""

    def change(_: bytes | None) -> bytes:
        path.write_bytes(b"{}")
        return NEW

    with pytest.raises(RegistryWriteError, match="has changed since it was read; nothing is written"):
        edit_file(path, change)

    assert path.read_bytes() == b"{}"


@posix_only
def test_a_link_stays_one(path: Path) -> None:
    """What it leads to is changed, or made."""
    link, lost = path.with_name("link.json"), path.with_name("lost.json")
    link.symlink_to(path)
    lost.symlink_to("made.json")
    edit_file(link, to(NEW))
    write_file(lost, NEW)

    assert (link.is_symlink(), path.read_bytes()) == (True, NEW)
    assert (lost.is_symlink(), path.with_name("made.json").read_bytes()) == (True, NEW)


@posix_only
def test_a_file_with_two_names_is_refused(path: Path) -> None:
    """Else one of them would keep the old content."""
    other = path.parent / "other.json"
    os.link(path, other)
    with pytest.raises(RegistryWriteError, match=r"has other names \(hard links\), which would keep the old content"):
        edit_file(path, to(NEW))

    assert (path.read_bytes(), path.samefile(other)) == (OLD, True)


def test_what_a_killed_writer_left_is_removed(path: Path) -> None:
    """Also where it had given the new file its name already; what others name alike stays."""
    others = [path.with_name(name) for name in (".models.json.mgr-new", ".models.json.0123.mgr-new", ".a.json.x")]
    for left in (beside(path, "0123abcd.mgr-new"), *others):
        left.write_bytes(b"half")
    beside(path, "89abcdef.mgr-new").hardlink_to(path)
    edit_file(path, to(NEW))

    assert sorted(path.parent.iterdir()) == sorted([*others, path])
    assert path.read_bytes() == NEW


@posix_only
def test_what_is_no_file_is_not_replaced(tmp_path: Path) -> None:
    """A folder, a pipe, a device: a file in its place would be something else."""
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", Path(os.devnull)):
        with pytest.raises(RegistryWriteError, match="is not a file that could be replaced"):
            write_file(path, b"", is_forced=True)
        with pytest.raises(RegistryWriteError, match="is not a file that could be replaced"):
            edit_file(path, to(NEW))


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        pytest.param("no/a", "No such file or directory", id="in no folder"),
        pytest.param("models.json/a", "Not a directory", id="below a file"),
        pytest.param("x" * 300, "File name too long", id="a long name"),
    ],
)
def test_a_file_that_cannot_be_there_is_refused(name: str, problem: str, path: Path) -> None:
    """In the words of the system."""
    with pytest.raises(RegistryWriteError, match=f"cannot be written: {problem}"):
        write_file(path.parent / name, b"text")


def test_a_file_that_may_not_be_written_is_not_replaced(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Although its folder would let it be."""
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(RegistryWriteError, match="may not be written by this user"):
        edit_file(path, to(NEW))

    assert path.read_bytes() == OLD


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_in_the_middle_leaves_the_old(
    path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    """And nothing beside it."""
    monkeypatch.setattr(os, "fsync", Mock(side_effect=error))
    with pytest.raises((RegistryWriteError, KeyboardInterrupt)):
        edit_file(path, to(NEW))

    assert (path.read_bytes(), [*path.parent.iterdir()]) == (OLD, [path])


@posix_only
@pytest.mark.parametrize("number", [errno.EINVAL, errno.EIO])
def test_a_folder_that_cannot_be_kept_is_told(number: int, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is written, and whoever asked knows what is not sure; some file systems keep folders by themselves."""
    results = iter([None, OSError(number, "no")])
    monkeypatch.setattr(os, "fsync", Mock(side_effect=lambda _: (error := next(results)) and raise_(error)))
    if number == errno.EIO:
        with pytest.raises(RegistryWriteError, match="is written, but may not survive a power cut: no"):
            edit_file(path, to(NEW))
    else:
        edit_file(path, to(NEW))

    assert path.read_bytes() == NEW


def raise_(error: BaseException) -> None:
    """Raise."""
    raise error


def test_a_system_without_open_folders_writes_files(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as Windows."""
    monkeypatch.setattr(replacing, "_FOLDER", None)
    edit_file(path, to(NEW))

    assert path.read_bytes() == NEW


def test_a_folder_is_made_where_there_is_none(tmp_path: Path) -> None:
    """With those above it; a file is none."""
    make_folder(tmp_path / "a" / "b")
    make_folder(tmp_path / "a" / "b")
    file = tmp_path / "a" / "b" / "c"
    file.write_bytes(b"")

    for path in (file, file / "d"):
        with pytest.raises(RegistryWriteError, match="is not a folder, and cannot be created"):
            make_folder(path)
