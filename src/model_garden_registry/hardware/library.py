"""Whether there is an NVIDIA library to ask. Looks for its file: to load a sick one can hang or crash whoever does."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_NAME = "libnvidia-ml.so.1"
#: What glibc's loader knows.
_LOADER_CACHE = Path("/etc/ld.so.cache")


def find_library(*, platform: str = sys.platform, loader_cache: Path = _LOADER_CACHE) -> bool:
    """
    Say whether the NVIDIA library is where the loader looks.

    Only where no file is found, the loader itself is asked, which knows more places; as a rule there is then nothing
    to load.
    """
    if platform == "win32":
        return any(file.is_file() for file in _windows_files())
    return _is_in_environment() or _is_in_cache(loader_cache) or _is_loadable()


def _windows_files() -> tuple[Path, Path]:
    """Give the places where nvidia-ml-py looks."""
    system = Path(os.environ.get("WINDIR", "C:/Windows"))
    programs = Path(os.environ.get("ProgramFiles", "C:/Program Files"))  # noqa: SIM112  (as Windows spells it)
    return system / "System32/nvml.dll", programs / "NVIDIA Corporation/NVSMI/nvml.dll"


def _is_in_environment() -> bool:
    folders = os.environ.get("LD_LIBRARY_PATH", "").replace(";", ":").split(":")
    return any(Path(folder, _NAME).exists() for folder in folders if folder)


def _is_in_cache(loader_cache: Path) -> bool:
    try:
        return f"{_NAME}\0".encode() in loader_cache.read_bytes()
    except OSError:
        return False


def _is_loadable() -> bool:
    import _ctypes  # without what ctypes builds around it

    try:
        _ctypes.dlopen(_NAME)
    except OSError:
        return False
    return True
