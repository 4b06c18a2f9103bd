"""Writing a file whole or not at all, by one writer at a time; a replacement keeps the old file's rights."""

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

#: The flag to open a folder; None if folders cannot be opened.
_FOLDER: int | None = getattr(os, "O_DIRECTORY", None)
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
#: The suffix of an incomplete file: leftovers of a killed writer are recognised by it.
_ENDING = "{}.mgr-new"
_TOKEN = re.compile("[0-9a-f]{8}")


def write_file(path: Path, content: bytes, *, is_forced: bool = False, is_durable: bool = True) -> None:
    """
    Write a file in one step: readers see all of it, and on failure the old one stays.

    Args:
        is_forced: Whether it may replace another file, whose owner, group, mode and ACLs it keeps.

        is_durable: Whether it must survive a power cut; thousands of files that can be made again need not.

    Raises:
        FileExistsError: There is one, and it may not be replaced.

        LockedError: Another writer does not finish in time.

        RegistryWriteError: It cannot be written, or its path is not a regular file.
    """
    with _writing(path) as target:
        is_new = not os.path.lexists(target)
        if not is_new and not is_forced:
            raise FileExistsError(path)
        _put(target, content, is_new=is_new, is_durable=is_durable)


def edit_file(path: Path, change: Callable[[bytes | None], bytes]) -> None:
    """
    Change the content of a file under its lock.

    Args:
        path: The file; if it is a link, its target is changed.

        change: Returns the new content, given the present one (None if there is no file). If it returns its argument
            unchanged, nothing is written.

    Raises:
        LockedError: Another writer does not finish in time.

        RegistryReadError: The file cannot be read.

        RegistryWriteError: It is not a regular file, has other names, may not be written, has owner, mode or ACLs that
            this user cannot set, was changed meanwhile by a program that takes no lock, or the disk is full.
    """
    with _writing(path) as target:
        old = read_bytes(target) if os.path.lexists(target) else None
        new = change(old)
        if new != old:
            _put(target, new, is_new=old is None, old=old)


def make_folder(path: Path) -> None:
    """
    Create a folder and its parents, if missing.

    Raises:
        RegistryWriteError: It cannot be created, or its path is something else.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RegistryWriteError(path, f"is not a folder, and cannot be created: {error.strerror or error}") from None


@contextmanager
def _writing(path: Path) -> Iterator[Path]:
    """Take the lock of a file and yield the file itself, once it is known that it can be written."""
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
    """Refuse a path whose replacement would change what it is."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        raise RegistryWriteError(path, "is not a file that could be replaced")
    if not os.access(path, os.W_OK):
        raise RegistryWriteError(path, "may not be written by this user")


def _remove_leftovers(target: Path) -> None:
    """Remove the leftovers of killed writers: under the lock, no other writer is at work."""
    start, end = (re.escape(part) for part in beside(target, _ENDING).name.split("{}"))
    ours = re.compile(f"{start}{_TOKEN.pattern}{end}")
    with os.scandir(target.parent) as entries:
        left = [entry.path for entry in entries if ours.fullmatch(entry.name)]
    for one in left:
        Path(one).unlink()


def _put(target: Path, content: bytes, *, is_new: bool, old: bytes | None = None, is_durable: bool = True) -> None:
    """
    Write the content of a file.

    Args:
        old: The content that it must still have; None: any.
    """
    made = beside(target, _ENDING.format(secrets.token_hex(4)))
    try:
        with os.fdopen(os.open(made, _NEW, 0o666 if is_new else 0o600), "wb") as file:
            file.write(content)
            file.flush()
            if not is_new:
                keep_attributes(target, file.fileno())
            if is_durable:
                os.fsync(file.fileno())
        if is_new:
            _name(made, target)
        elif old is not None and read_bytes(target) != old:
            raise RegistryWriteError(target, "has changed since it was read; nothing is written")
        else:
            made.replace(target)
    finally:  # also when interrupted: no partial file stays
        with suppress(OSError):
            made.unlink()
    if is_durable:
        _keep_folder(target)


def _name(made: Path, target: Path) -> None:
    """Rename a new file into place; unless forced, a hard link is used, which fails if the name exists."""
    try:
        target.hardlink_to(made)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if os.path.lexists(target):
            raise FileExistsError(target) from None
        made.replace(target)


def _keep_folder(target: Path) -> None:
    """Sync the folder, so that the new name survives a power cut."""
    if _FOLDER is None:
        return
    try:
        descriptor = os.open(target.parent, os.O_RDONLY | _FOLDER)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:  # a file system that syncs folders by itself
            problem = f"is written, but may not survive a power cut: {error.strerror or error}"
            raise RegistryWriteError(target, problem) from None
