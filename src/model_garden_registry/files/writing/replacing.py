"""A file is written whole or not at all, by one writer at a time, and over another with that one's rights."""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from model_garden_registry.errors import RegistryError, RegistryWriteError
from model_garden_registry.files.reading import read_bytes
from model_garden_registry.files.writing.attributes import keep_attributes
from model_garden_registry.files.writing.locks import beside, locked

#: Opens a folder; None if folders cannot be opened.
_FOLDER: int | None = getattr(os, "O_DIRECTORY", None)
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
#: How a file is named until it is complete: what is left of a writer that was killed is known by that.
_ENDING = "{}.mgr-new"
_TOKEN = re.compile("[0-9a-f]{8}")


def write_file(path: Path, content: bytes, *, is_forced: bool = False) -> None:
    """
    Write a file at once: whoever reads it sees all of it, and on failure it is as it was.

    Args:
        is_forced: Whether it may replace another file, whose owner, group, mode and ACLs it keeps.

    Raises:
        FileExistsError: There is one, and it may not be replaced.

        LockedError: Another writer does not end in time.

        RegistryWriteError: It cannot be written, or something else than a file has its name.
    """
    with _writing(path) as target:
        is_new = not os.path.lexists(target)
        if not is_new and not is_forced:
            raise FileExistsError(path)
        _put(target, content, is_new=is_new)


def edit_file(path: Path, change: Callable[[bytes | None], bytes]) -> None:
    """
    Change what a file holds, while nobody else does.

    Args:
        path: The file; what it leads to is changed where it is a link.

        change: Makes the new content of what the file holds now; of None if there is no file. Where it gives back
            what it was given, nothing is written.

    Raises:
        LockedError: Another writer does not end in time.

        RegistryReadError: The file cannot be read.

        RegistryWriteError: It is no file, has other names, may not be written, has owner, mode or ACLs that this user
            cannot give, was changed meanwhile by a program that takes no lock, or there is no room for it.
    """
    with _writing(path) as target:
        old = read_bytes(target) if os.path.lexists(target) else None
        new = change(old)
        if new != old:
            _put(target, new, is_new=old is None, old=old)


def make_folder(path: Path) -> None:
    """
    Make a folder, and those above it, where there is none.

    Raises:
        RegistryWriteError: It cannot be made, or something else has its name.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RegistryWriteError(path, f"is no folder, and cannot be made one: {error.strerror or error}") from None


@contextmanager
def _writing(path: Path) -> Iterator[Path]:
    """Hold the lock of a file; give the file itself, once nothing speaks against writing it."""
    try:
        _refuse_odd_file(path)
        with locked(path) as target:
            _remove_leftovers(target)
            if os.path.lexists(target) and target.stat().st_nlink > 1:
                raise RegistryWriteError(path, "has other names (hard links), which would keep the old content")
            yield target
    except (FileExistsError, RegistryError):
        raise
    except OSError as error:
        raise RegistryWriteError(path, f"cannot be written: {error.strerror or error}") from None


def _refuse_odd_file(path: Path) -> None:
    """Refuse what a replacement would turn into something else."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        raise RegistryWriteError(path, "is no file that could be replaced")
    if not os.access(path, os.W_OK):
        raise RegistryWriteError(path, "may not be written by this user")


def _remove_leftovers(target: Path) -> None:
    """Remove what writers left that were killed: while the lock is held, no other is at work."""
    start, end = (re.escape(part) for part in beside(target, _ENDING).name.split("{}"))
    ours = re.compile(f"{start}{_TOKEN.pattern}{end}")
    with os.scandir(target.parent) as entries:
        left = [entry.path for entry in entries if ours.fullmatch(entry.name)]
    for one in left:
        Path(one).unlink()


def _put(target: Path, content: bytes, *, is_new: bool, old: bytes | None = None) -> None:
    """
    Give a file its content.

    Args:
        old: What it has to hold until then; None: whatever it holds.
    """
    made = beside(target, _ENDING.format(secrets.token_hex(4)))
    try:
        with os.fdopen(os.open(made, _NEW, 0o666 if is_new else 0o600), "wb") as file:
            file.write(content)
            file.flush()
            if not is_new:
                keep_attributes(target, file.fileno())
            os.fsync(file.fileno())
        if is_new:
            _name(made, target)
        elif old is not None and read_bytes(target) != old:
            raise RegistryWriteError(target, "has changed since it was read; nothing is written")
        else:
            made.replace(target)
    finally:  # also when interrupted: nothing half-written stays
        with suppress(OSError):
            made.unlink()
    _keep_folder(target)


def _name(made: Path, target: Path) -> None:
    """Give a new file its name, unless another has it: a link is refused then, where a rename would replace."""
    try:
        target.hardlink_to(made)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if os.path.lexists(target):
            raise FileExistsError(target) from None
        made.replace(target)


def _keep_folder(target: Path) -> None:
    """Let the new name outlast a power cut."""
    if _FOLDER is None:
        return
    try:
        descriptor = os.open(target.parent, os.O_RDONLY | _FOLDER)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:  # a file system that keeps folders by itself
            problem = f"is written, but may not outlast a power cut: {error.strerror or error}"
            raise RegistryWriteError(target, problem) from None
