"""RAM that a process may use: the machine's own, or the smallest limit of the containers and services around it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath

from model_garden_registry.hardware.gpus import Cause, Fact, HostMemory, Unread

#: The file of the limit in each version of control groups. Source: the kernel's cgroup-v2.rst and cgroup-v1/memory.rst.
_LIMIT_FILES = {"cgroup2": "memory.max", "cgroup": "memory.limit_in_bytes"}
#: Digits of a 64-bit number. Python refuses to read a number of thousands of digits.
_MOST_DIGITS = 20


def read_host_memory(*, root: Path = Path("/"), platform: str = sys.platform) -> Fact[HostMemory]:
    """
    Return the size of main memory, without swap.

    Args:
        root: Parent of ``proc`` and the control groups.
    """
    if platform == "linux":
        return _linux_memory(root)
    try:
        total = _windows_memory() if platform == "win32" else os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError) as error:
        return Unread(Cause.FAILED, f"the system does not say how much memory it has: {error}")
    return HostMemory(total_bytes=total)


def _linux_memory(root: Path) -> Fact[HostMemory]:
    try:
        total, unit, *_ = _read(root / "proc/meminfo").partition("MemTotal:")[2].split()
    except OSError as error:
        return Unread(Cause.FAILED, f"/proc/meminfo cannot be read: {error.strerror}")
    except ValueError:
        return Unread(Cause.GARBLED, "/proc/meminfo names no MemTotal")
    if not total.isdecimal() or len(total) > _MOST_DIGITS or unit != "kB":
        return Unread(Cause.GARBLED, f"/proc/meminfo says MemTotal: {total[:_MOST_DIGITS]} {unit}")
    machine = int(total) * 1024
    limit = min(_limits(root), default=machine)
    if limit < machine:
        return HostMemory(total_bytes=limit, limited_by="container")
    return HostMemory(total_bytes=machine)


def _limits(root: Path) -> Iterator[int]:
    """Yield the limit of every control group that this process is in, for both versions of control groups."""
    for group, mount, kind in _groups(root):
        for folder in (group, *group.parents):
            if folder.is_relative_to(mount):
                yield from _limit(root / folder.relative_to("/") / _LIMIT_FILES[kind])


def _limit(file: Path) -> Iterator[int]:
    """Yield the limit in a file; ``max`` means none, and limits above the machine's memory do not matter."""
    try:
        text = _read(file).strip()
    except (OSError, ValueError):  # a path with a zero byte
        return
    if text.isdecimal() and len(text) <= _MOST_DIGITS and text != "0":
        yield int(text)


def _groups(root: Path) -> Iterator[tuple[PurePosixPath, PurePosixPath, str]]:
    """Yield, for each hierarchy, the process's own group, the highest visible folder, and the version."""
    try:
        own = dict(_own_groups(_read(root / "proc/self/cgroup")))
        mounts = _read(root / "proc/self/mountinfo").splitlines()
    except OSError:
        return
    for line in mounts:
        with suppress(ValueError):  # not a line in the kernel's format
            yield from _group(line, own)


def _group(mountinfo: str, own: Mapping[str, PurePosixPath]) -> Iterator[tuple[PurePosixPath, PurePosixPath, str]]:
    before, _, after = mountinfo.partition(" - ")
    kind, *_, options = after.split(" ")
    if kind not in own or (kind == "cgroup" and "memory" not in options.split(",")):
        return
    top, mount = map(_path, before.split(" ")[3:5])
    if own[kind].is_relative_to(top):
        yield mount / own[kind].relative_to(top), mount, kind
    elif ".." in (*top.parts, *own[kind].parts):
        yield mount, mount, kind  # inside a namespace, the path from the root is hidden


def _own_groups(text: str) -> Iterator[tuple[str, PurePosixPath]]:
    """Yield the groups in lines such as ``0::/user.slice`` (version 2) and ``4:memory:/docker/…`` (version 1)."""
    for line in text.splitlines():
        hierarchy, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if hierarchy == "0" and not controllers:
            yield "cgroup2", PurePosixPath(path)
        elif "memory" in controllers.split(","):
            yield "cgroup", PurePosixPath(path)


def _path(field: str) -> PurePosixPath:
    r"""
    Return a path of mountinfo, relative to the root: a blank is written ``\040``.

    Raises:
        ValueError: It is in another format.
    """
    head, *escaped = field.split("\\")
    path = PurePosixPath(head + "".join(chr(int(part[:3], 8)) + part[3:] for part in escaped))
    path.relative_to("/")
    return path


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="surrogateescape")


def _windows_memory() -> int:
    """Return the physical memory in bytes, from ``GlobalMemoryStatusEx``."""
    import ctypes

    class MemoryStatus(ctypes.Structure):
        """``MEMORYSTATUSEX``."""

        _fields_ = [
            ("length", ctypes.c_uint32),
            ("load", ctypes.c_uint32),
            ("total_physical", ctypes.c_uint64),
            ("others", ctypes.c_uint64 * 6),
        ]

    status = MemoryStatus(length=ctypes.sizeof(MemoryStatus))
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009  (elsewhere there is none)
    if not kernel.GlobalMemoryStatusEx(ctypes.byref(status)):
        raise OSError("GlobalMemoryStatusEx failed")
    return int(status.total_physical)
