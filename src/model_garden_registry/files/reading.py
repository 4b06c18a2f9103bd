"""The bytes of a file, within bounds: a regular file, of limited size, read in limited time."""

from __future__ import annotations

import errno
import os
import stat
import threading
from io import FileIO
from pathlib import Path

from model_garden_registry.errors import RegistryNotFoundError, RegistryReadError
from model_garden_registry.units import MIB

#: The variable that sets the largest registry size, in MiB.
VARIABLE = "MGR_MAX_REGISTRY_MIB"
#: For a registry, or the index of a model's weights: 30 times the size of the shipped registry.
LARGEST_REGISTRY_BYTES = 64 * MIB
#: For a config.json, or a snapshot of hardware.
LARGEST_CONFIG_BYTES = 4 * MIB
#: Settings are a page or two: a larger file is not a file of settings, and would take minutes as YAML.
LARGEST_SETTINGS_BYTES = MIB
#: A file that has not been read by then is on a disk or a network that does not answer.
LIMIT_SECONDS = 5.0
#: Bytes read at once if the size of a file says too little.
_PART = 65_536

_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)  # opening a pipe would wait for a writer
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
)
_KINDS = {
    stat.S_IFDIR: "a directory",
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}


def read_bytes(path: Path, largest: int | None = None) -> bytes:
    """
    Return the whole content of a file.

    Args:
        largest: A file of more bytes is refused without reading it to its end; None: the limit for registries.

    Raises:
        RegistryNotFoundError: There is no such file.

        RegistryReadError: It is not a regular file, is larger, may not be read, or takes too long. In that case the
            thread that reads it is left behind: no system has a way to end it.
    """
    limit = _largest_registry(path) if largest is None else largest
    outcome: list[bytes | BaseException] = []

    def read() -> None:
        try:
            outcome.append(_read(path, limit))
        except BaseException as error:  # noqa: BLE001  (raised below, by whoever waits)
            outcome.append(error)

    thread = threading.Thread(target=read, name="reading", daemon=True)
    try:
        thread.start()
    except RuntimeError:  # no thread can be started, as in a browser: the read is not limited in time
        read()
    else:
        thread.join(LIMIT_SECONDS)
    if not outcome:
        raise RegistryReadError(path, f"cannot be read: no answer within {LIMIT_SECONDS:g} seconds")
    (found,) = outcome
    if isinstance(found, bytes):
        return found
    raise _explained(found, path) from None


def is_there(path: Path) -> bool:
    """Return whether something is there that this user may see; ``Path.exists`` raises below a closed folder."""
    return os.path.exists(path)  # noqa: PTH110


def is_file(path: Path) -> bool:
    """Return whether a regular file is there that this user may see."""
    return os.path.isfile(path)  # noqa: PTH113


def is_folder(path: Path) -> bool:
    """Return whether a folder is there that this user may see."""
    return os.path.isdir(path)  # noqa: PTH112


def names_in(folder: Path) -> list[str]:
    """
    Return the names in a folder, sorted.

    Raises:
        RegistryReadError: It may not be read, or is none.
    """
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208
    except OSError as error:
        raise _explained(error, folder) from None


def readable_names(folder: Path) -> list[str]:
    """Return the names in a folder, sorted; none if it may not be read, or is none."""
    try:
        return names_in(folder)
    except RegistryReadError:
        return []


def _explained(error: BaseException, path: Path) -> BaseException:
    """Return the error that explains what is wrong with a file."""
    match error:
        case FileNotFoundError():
            return RegistryNotFoundError(path)
        case PermissionError():
            return RegistryReadError(path, "may not be read by this user")
        case OSError() | ValueError():
            reason = getattr(error, "strerror", None) or str(error)
            return RegistryReadError(path, f"cannot be read: {reason}")
        case _:
            return error


def _read(path: Path, largest: int) -> bytes:
    _refuse_odd_kind(path.stat(), path)  # before it is opened: opening has effects on some devices
    with open(os.open(path, _FLAGS), "rb", buffering=0) as file:  # noqa: PTH123  (a descriptor)
        status = os.fstat(file.fileno())
        _refuse_odd_kind(status, path)
        content = bytearray()
        if status.st_size <= largest:
            content += _part(file, status.st_size)
            while len(content) <= largest and (part := _part(file, _PART)):  # it grows, or has no size: /proc
                content += part
    if max(len(content), status.st_size) > largest:
        raise RegistryReadError(path, f"is larger than {largest} bytes")
    return bytes(content)


def _part(file: FileIO, size: int) -> bytes:
    """
    Return the next bytes of a file, at most so many; none at its end.

    Raises:
        BlockingIOError: There will be more later, as of a log of the kernel.
    """
    part: bytes | None = file.read(size)
    if part is None:
        raise BlockingIOError(errno.EAGAIN, "there is nothing to read now")
    return part


def _refuse_odd_kind(status: os.stat_result, path: Path) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = _KINDS.get(stat.S_IFMT(status.st_mode), "something else")
        raise RegistryReadError(path, f"is {kind}, not a file")


def _largest_registry(path: Path) -> int:
    text = os.environ.get(VARIABLE)
    if not text:
        return LARGEST_REGISTRY_BYTES
    if not (text.isascii() and text.isdecimal() and 0 < len(text) < 8):
        raise RegistryReadError(path, f"is not read: {VARIABLE} is {text!r}, not a number of MiB")
    return int(text) * MIB
