"""
One writer of a file at a time. The only owner of filelock.

The lock is the system's own, on a file beside the one that is written, so that it ends with the process that owns it,
however that ends. Readers need none: a file is replaced as a whole.
"""

from __future__ import annotations

import os
import random
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from model_garden_registry.errors import LockedError, RegistryWriteError

#: How long to wait for another writer.
LIMIT_SECONDS = 10.0
#: Time between two attempts; partly random, so that waiting writers do not collide again.
_PAUSE_SECONDS = 0.05
#: Most systems allow names of 255 bytes; the suffix must fit as well.
_LONGEST_NAME = 200
_LONGEST_HOLDER = 200
_FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


@contextmanager
def locked(path: Path) -> Iterator[Path]:
    """
    Take the lock of a file, as its only writer.

    Returns:
        The file itself, if the path is a link.

    Raises:
        LockedError: Another writer does not finish in time.

        RegistryWriteError: The lock file cannot be created beside the file.
    """
    try:
        target = Path(os.path.realpath(path))
        descriptor = _acquire(path, beside(target, "mgr-lock"))
    except OSError as error:
        raise RegistryWriteError(path, f"cannot be written: {error.strerror or error}") from None
    try:
        yield target
    finally:
        # Removed while it is locked: a waiting writer finds that the file has no name any more, and starts anew.
        with suppress(OSError):  # Windows cannot remove an open file
            beside(target, "mgr-lock").unlink()
        os.close(descriptor)


def beside(target: Path, ending: str) -> Path:
    """Return a hidden name in a file's folder that tells which file it is for."""
    name = os.fsdecode(os.fsencode(target.name)[:_LONGEST_NAME])
    return target.with_name(f".{name}.{ending}")


def _acquire(path: Path, lock: Path) -> int:
    """Wait for the lock; return the descriptor, which keeps it until it is closed."""
    from filelock import lock_descriptor

    end = time.monotonic() + LIMIT_SECONDS
    while True:
        descriptor = _open(lock)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise RegistryWriteError(path, f"cannot be locked: {lock} is not a regular file; remove it")
            if lock_descriptor(descriptor, blocking=False):
                if _is_named(descriptor, lock):
                    _sign(descriptor)
                    return descriptor
            elif time.monotonic() > end:
                raise LockedError(path, _holder(descriptor))
        except BaseException:  # Ctrl-C too: the descriptor is closed however waiting ends
            os.close(descriptor)
            raise
        os.close(descriptor)
        time.sleep(_PAUSE_SECONDS * random.random())


def _open(lock: Path) -> int:
    try:
        return os.open(lock, os.O_RDWR | os.O_CREAT | _FLAGS, 0o666)
    except PermissionError as refused:
        try:
            return os.open(lock, os.O_RDONLY | _FLAGS)  # another user's file: read access is enough to lock
        except FileNotFoundError:
            raise refused from None


def _is_named(descriptor: int, lock: Path) -> bool:
    """Return whether the locked file still has its name: an earlier writer may have removed it."""
    try:
        return os.path.samestat(os.fstat(descriptor), lock.lstat())
    except FileNotFoundError:
        return False


def _sign(descriptor: int) -> None:
    """Write the lock's owner into it, after the first byte: on Windows no other process can read that one."""
    with suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 1, os.SEEK_SET)
        os.write(descriptor, f"process {os.getpid()} on {_host()}".encode())


def _holder(descriptor: int) -> str:
    try:
        os.lseek(descriptor, 1, os.SEEK_SET)
        signed = os.read(descriptor, _LONGEST_HOLDER).decode(errors="replace")
    except OSError:
        signed = ""
    return signed.removesuffix(f" on {_host()}") or "another process"


def _host() -> str:
    import platform

    return platform.node() or "this machine"
