"""The bytes of a file, within bounds: a regular file, of a size and in a time that nobody has to wait for in vain."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

from model_garden_registry.errors import RegistryNotFoundError, RegistryReadError
from model_garden_registry.units import MIB

#: Says how large a registry may be, in MiB, for one that is larger than any known.
VARIABLE = "MGR_MAX_REGISTRY_MIB"
#: A registry, or the index of a model's weights: the shipped registry is a thirtieth of it.
LARGEST_REGISTRY_BYTES = 64 * MIB
#: A config.json, or a snapshot of hardware.
LARGEST_CONFIG_BYTES = 4 * MIB
#: Settings are a page or two: more than this is no file of settings, and would take minutes as YAML.
LARGEST_SETTINGS_BYTES = MIB
#: A file that has not come until then is on a disk, or behind a network, that does not answer.
LIMIT_SECONDS = 5.0
#: Bytes that are asked for at once of a file whose size says too little.
_PART = 65_536

_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)  # a pipe without a writer would wait for one
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
    Read a file whole, whatever is in it.

    Args:
        largest: A file of more bytes is refused, and not read to its end; None: what no registry is larger than.

    Raises:
        RegistryNotFoundError: There is no such file.

        RegistryReadError: It is no regular file, is larger, may not be read, or does not come in time. Then the thread
            that reads it is left behind: no system has a way to end that.
    """
    limit = _largest_registry(path) if largest is None else largest
    outcome: list[bytes | BaseException] = []

    def read() -> None:
        try:
            outcome.append(_read(path, limit))
        except BaseException as error:  # noqa: BLE001  (raised below, by whoever waits)
            outcome.append(error)

    thread = threading.Thread(target=read, name="reading", daemon=True)
    thread.start()
    thread.join(LIMIT_SECONDS)
    if not outcome:
        raise RegistryReadError(path, f"cannot be read: no answer within {LIMIT_SECONDS:g} seconds")
    (found,) = outcome
    if isinstance(found, bytes):
        return found
    raise _explained(found, path) from None


def _explained(error: BaseException, path: Path) -> BaseException:
    """Return the error that says what is wrong with a file."""
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
    _refuse_odd_kind(path.stat(), path)  # before it is opened, which does something to some devices
    with open(os.open(path, _FLAGS), "rb", buffering=0) as file:  # noqa: PTH123  (a descriptor)
        status = os.fstat(file.fileno())
        _refuse_odd_kind(status, path)
        content = bytearray()
        if status.st_size <= largest:
            content += file.read(status.st_size)
            while len(content) <= largest and (part := file.read(_PART)):  # it grows, or says no size, as in /proc
                content += part
    if max(len(content), status.st_size) > largest:
        raise RegistryReadError(path, f"is larger than {largest} bytes")
    return bytes(content)


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
