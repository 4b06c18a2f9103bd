"""RAM with the limits above a process, read from trees of files as kernels show them."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from model_garden_registry.hardware.driver.host_memory import read_host_memory
from model_garden_registry.hardware.gpus import Cause, HostMemory, Unread
from model_garden_registry.units import GIB

MACHINE = 64 * GIB
WHOLE = HostMemory(total_bytes=MACHINE)
#: What version 1 says where there is no limit.
UNLIMITED = 2**63 - 4096


def container(limit: int) -> HostMemory:
    return HostMemory(total_bytes=limit, limited_by="container")


def version_2(root: str = "/", mount: str = "/sys/fs/cgroup") -> str:
    return f"30 23 0:26 {root} {mount} rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate"


def version_1(root: str = "/", mount: str = "/sys/fs/cgroup/memory", controllers: str = "memory") -> str:
    return f"35 31 0:32 {root} {mount} rw,relatime - cgroup cgroup rw,{controllers}"


def plant(root: Path, *, group: str = "", mounts: tuple[str, ...] = (), limits: dict[str, Any] | None = None) -> Path:
    """Write a machine of 64 GiB, the groups of this process, and files with limits."""
    disk = "29 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw"
    files = {
        "proc/meminfo": f"MemTotal:       {MACHINE // 1024} kB\nMemFree:         1000 kB\n",
        "proc/self/cgroup": group,
        "proc/self/mountinfo": "\n".join((disk, *mounts)),
        **{f"sys/fs/cgroup/{name}": f"{limit}\n" for name, limit in (limits or {}).items()},
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


def memory(root: Path) -> object:
    return read_host_memory(root=root, platform="linux")


def test_a_machine_without_limits_has_all_its_memory(tmp_path: Path) -> None:
    """MemTotal, in bytes."""
    assert memory(plant(tmp_path, group="0::/user.slice", mounts=(version_2(),))) == WHOLE


@pytest.mark.parametrize(
    ("group", "mount", "limits"),
    [
        pytest.param("0::/a/b", version_2(), {"a/b/memory.max": 8 * GIB}, id="version 2, its own group"),
        pytest.param("0::/a/b", version_2(), {"a/memory.max": 8 * GIB, "a/b/memory.max": "max"}, id="version 2, above"),
        pytest.param(
            "0::/a/b",
            version_2(),
            {"memory.max": 9 * GIB, "a/memory.max": 8 * GIB, "a/b/memory.max": 10 * GIB},
            id="version 2, the smallest of all",
        ),
        pytest.param("0::/", version_2(), {"memory.max": 8 * GIB}, id="version 2, in a namespace"),
        pytest.param("0::/", version_2("/../.."), {"memory.max": 8 * GIB}, id="version 2, mounted from outside"),
        pytest.param("0::/../x", version_2(), {"memory.max": 8 * GIB}, id="version 2, moved out of the namespace"),
        pytest.param(
            "5:cpu,memory:/a/b",
            version_1(controllers="cpu,memory"),
            {"memory/a/b/memory.limit_in_bytes": 8 * GIB},
            id="version 1, its own group",
        ),
        pytest.param(
            "4:memory:/a/b",
            version_1(),
            {"memory/a/memory.limit_in_bytes": 8 * GIB, "memory/a/b/memory.limit_in_bytes": UNLIMITED},
            id="version 1, above",
        ),
        pytest.param(
            "4:memory:/docker/abc",
            version_1("/docker/abc"),
            {"memory/memory.limit_in_bytes": 8 * GIB},
            id="version 1, in a container without a namespace",
        ),
    ],
)
def test_a_limit_counts(group: str, mount: str, limits: dict[str, Any], tmp_path: Path) -> None:
    """The smallest, from the group of this process up to the root."""
    assert memory(plant(tmp_path, group=group, mounts=(mount,), limits=limits)) == container(8 * GIB)


def test_both_versions_side_by_side_count(tmp_path: Path) -> None:
    """A hybrid system: memory is of version 1, version 2 has nothing to say about it, or the other way round."""
    limits = {"unified/a/memory.max": 9 * GIB, "memory/b/memory.limit_in_bytes": 8 * GIB}
    mounts = (version_1(), version_1("/", "/sys/fs/cgroup/cpu", "cpu"), version_2("/", "/sys/fs/cgroup/unified"))
    root = plant(tmp_path, group="9:name=systemd:/c\n4:memory:/b\n3:cpu:/b\n0::/a", mounts=mounts, limits=limits)

    assert memory(root) == container(8 * GIB)


def test_a_mount_with_a_blank_in_its_path_is_found(tmp_path: Path) -> None:
    """The kernel writes such characters as octal numbers."""
    limits = {"my groups/a/memory.max": 8 * GIB}
    mount = version_2("/", r"/sys/fs/cgroup/my\040groups")

    assert memory(plant(tmp_path, group="0::/a", mounts=(mount,), limits=limits)) == container(8 * GIB)


@pytest.mark.parametrize(
    ("group", "mount", "limits"),
    [
        pytest.param("0::/a", version_2(), {"a/memory.max": "max"}, id="max"),
        pytest.param("4:memory:/a", version_1(), {"memory/a/memory.limit_in_bytes": UNLIMITED}, id="near 2^63"),
        pytest.param("0::/a", version_2(), {"a/memory.max": 65 * GIB}, id="more than there is"),
        pytest.param("0::/a", version_2(), {"a/memory.max": 64 * GIB}, id="exactly what there is"),
        pytest.param("0::/a", version_2(), {"a/memory.max": 0}, id="zero"),
        pytest.param("0::/a", version_2(), {"a/memory.max": -1}, id="negative"),
        pytest.param("0::/a", version_2(), {"a/memory.max": "?"}, id="no number"),
        pytest.param("0::/a", version_2(), {"a/memory.max": "1" * 5000}, id="more digits than Python reads"),
        pytest.param("0::/a", version_2(), {"b/memory.max": GIB}, id="of another group"),
        pytest.param("0::/a", version_2("/b"), {"memory.max": GIB}, id="another group's mount"),
        pytest.param("4:memory:/a", version_2(), {"a/memory.max": GIB}, id="a version that it is not in"),
        pytest.param("3:cpu:/a", version_1("/", "/sys/fs/cgroup/cpu", "cpu"), {}, id="another controller"),
    ],
)
def test_what_is_no_limit_does_not_count(group: str, mount: str, limits: dict[str, Any], tmp_path: Path) -> None:
    """All of the machine's memory is there."""
    assert memory(plant(tmp_path, group=group, mounts=(mount,), limits=limits)) == WHOLE


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("", id="empty"),
        pytest.param("30 23 0:26 / /x rw", id="without its second half"),
        pytest.param("30 23 - cgroup2 cgroup2 rw", id="without paths"),
        pytest.param("30 23 0:26 / /x rw - cgroup2", id="one word behind the dash"),
        pytest.param(version_2("/", r"/x\9zz"), id="an escape that is no number"),
        pytest.param(version_2("/", "/x\\"), id="an escape without its number"),
        pytest.param(version_2("/", r"/x\000y"), id="a zero byte"),
        pytest.param(version_2("/", "x/y"), id="a path from nowhere"),
    ],
)
def test_a_garbled_mount_hides_no_limit(line: str, tmp_path: Path) -> None:
    """The next line is read all the same."""
    root = plant(tmp_path, group="0::/a", mounts=(line, version_2()), limits={"a/memory.max": 8 * GIB})

    assert memory(root) == container(8 * GIB)


def test_a_kernel_without_control_groups_has_no_limits(tmp_path: Path) -> None:
    """The file is not there."""
    root = plant(tmp_path)
    (root / "proc/self/cgroup").unlink()

    assert memory(root) == WHOLE


def test_memory_that_cannot_be_read_has_the_reason(tmp_path: Path) -> None:
    """A sandbox without /proc."""
    assert memory(tmp_path) == Unread(Cause.FAILED, "/proc/meminfo cannot be read: No such file or directory")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("MemFree: 1 kB\n", "/proc/meminfo names no MemTotal", id="no line"),
        pytest.param("MemTotal: 12x kB\n", "/proc/meminfo says MemTotal: 12x kB", id="no number"),
        pytest.param(
            f"MemTotal: {'1' * 5000} kB\n", f"/proc/meminfo says MemTotal: {'1' * 20} kB", id="more digits than it has"
        ),
        pytest.param("MemTotal: 12 MB\n", "/proc/meminfo says MemTotal: 12 MB", id="another unit"),
    ],
)
def test_memory_that_is_garbled_has_the_reason(text: str, reason: str, tmp_path: Path) -> None:
    """It is not guessed."""
    (plant(tmp_path) / "proc/meminfo").write_text(text, encoding="utf-8")

    assert memory(tmp_path) == Unread(Cause.GARBLED, reason)


def test_macos_tells_its_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Through sysconf."""
    sysconf = {"SC_PHYS_PAGES": 1024, "SC_PAGE_SIZE": 16384}.__getitem__
    monkeypatch.setattr(os, "sysconf", sysconf, raising=False)

    assert read_host_memory(platform="darwin") == HostMemory(total_bytes=1024 * 16384)


def test_a_system_that_does_not_say_has_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python raises ValueError for a name that the system does not have."""

    def sysconf(_name: str) -> int:
        raise ValueError("unrecognized configuration name")

    monkeypatch.setattr(os, "sysconf", sysconf, raising=False)

    assert read_host_memory(platform="sunos5") == Unread(
        Cause.FAILED, "the system does not say how much memory it has: unrecognized configuration name"
    )


@pytest.mark.parametrize(
    ("succeeds", "fact"),
    [
        pytest.param(True, HostMemory(total_bytes=32 * GIB), id="told"),
        pytest.param(
            False,
            Unread(Cause.FAILED, "the system does not say how much memory it has: GlobalMemoryStatusEx failed"),
            id="refused",
        ),
    ],
)
def test_windows_tells_its_physical_memory(succeeds: bool, fact: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through GlobalMemoryStatusEx, which wants to know the size of its structure."""

    def status(reference: Any) -> bool:
        structure = reference._obj
        assert structure.length == 64
        structure.total_physical = 32 * GIB
        return succeeds

    kernel = SimpleNamespace(GlobalMemoryStatusEx=status)
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(kernel32=kernel), raising=False)

    assert read_host_memory(platform="win32") == fact


def test_this_machine_has_memory() -> None:
    """And its system says how much."""
    memory = read_host_memory()

    assert isinstance(memory, HostMemory)
    assert memory.total_bytes > 0
