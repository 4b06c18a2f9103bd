"""Other reasons why no GPU answers: a container without access, another maker's GPU, an unlisted library."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from model_garden_registry.hardware.gpus import NO_NVIDIA_GPU, DriverState

#: Files that Docker and Podman leave in a container.
_CONTAINER_FILES = (".dockerenv", "run/.containerenv")
#: Parts of the control group names of containers, if no namespace hides them.
_CONTAINER_GROUPS = ("/docker", "/kubepods", "/lxc", "/libpod", "/crio", "/containerd")
#: As in ``NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.183.01  Sun May 12 …``.
_MODULE_VERSION = r"\b[0-9]{3,}\.[0-9]+(?:\.[0-9]+)?\b"
#: The GPU of the Windows host under WSL, which is not on a Linux bus.
_WSL_DEVICE = "dev/dxg"
_WSL_LIBRARY = "usr/lib/wsl/lib/libnvidia-ml.so.1"
#: PCI ids of makers, and the classes of display and compute devices. Source: pci-ids.ucw.cz.
_AMD, _NVIDIA = "0x1002", "0x10de"
_DISPLAY = "0x03"


def read_hints(state: DriverState, *, root: Path = Path("/")) -> tuple[str, ...]:
    """
    Return what may explain why no GPU was read, one sentence each.

    Args:
        state: The driver's state.

        root: Parent of ``proc``, ``sys`` and ``dev``.
    """
    return tuple(_hints(state, root))


def read_limits() -> tuple[str, ...]:
    """Return what may hide GPUs of the machine from a process that sees some, one sentence each."""
    chosen = os.environ.get("NVIDIA_VISIBLE_DEVICES", "all")
    return () if chosen in ("all", "") else (_container_variable(chosen),)


def read_module_version(*, root: Path = Path("/")) -> str | None:
    """Return the version of the loaded kernel module, which is known even without the library."""
    text = _text(root / "proc/driver/nvidia/version")
    match = re.search(_MODULE_VERSION, text) if text else None
    return match[0] if match else None


def _hints(state: DriverState, root: Path) -> Iterator[str]:
    if state is DriverState.NO_LIBRARY and (root / _WSL_LIBRARY).is_file():
        folder = f"/{Path(_WSL_LIBRARY).parent.as_posix()}"
        yield f"The library is in {folder}, where the loader does not look; set LD_LIBRARY_PATH={folder}."
    if _is_container(root):
        yield (
            "This is a container: it has the host's GPUs only if it is started with them, as by docker run --gpus all."
        )
    if (chosen := os.environ.get("NVIDIA_VISIBLE_DEVICES")) is not None:
        yield _container_variable(chosen)
    makers = set(_makers_of_displays(root))
    if _NVIDIA in makers:
        yield "An NVIDIA GPU is on the PCI bus."
    elif makers and state is DriverState.NO_LIBRARY and not _is_container(root) and not (root / _WSL_DEVICE).exists():
        yield NO_NVIDIA_GPU
    if _has_amd_gpu(root):
        yield "An AMD GPU is in this machine; only NVIDIA GPUs are read."


def _container_variable(chosen: str) -> str:
    return f"NVIDIA_VISIBLE_DEVICES is {chosen!a}: the container runtime read it when the container was started."


def _is_container(root: Path) -> bool:
    if any((root / file).exists() for file in _CONTAINER_FILES):
        return True
    groups = _text(root / "proc/1/cgroup") + _text(root / "proc/self/cgroup")
    return any(name in groups for name in _CONTAINER_GROUPS)


def _makers_of_displays(root: Path) -> Iterator[str]:
    """Return the makers of display and compute devices on the PCI bus, by their ids."""
    for device in _entries(root / "sys/bus/pci/devices"):
        if _text(device / "class").startswith(_DISPLAY):
            yield _text(device / "vendor").strip()


def _has_amd_gpu(root: Path) -> bool:
    if (root / "dev/kfd").exists():
        return True
    return any(_text(card / "device/vendor").strip() == _AMD for card in _entries(root / "sys/class/drm"))


def _entries(folder: Path) -> list[Path]:
    """Return the entries of a folder; none if it does not exist."""
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _text(file: Path) -> str:
    """Return the content of a file; empty if it cannot be read."""
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
