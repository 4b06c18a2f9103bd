"""Whether an NVIDIA library is installed. Only looks for the file: loading a broken library can hang or crash."""

# Without a driver, this module is all that runs: it imports nothing slow, pathlib and typing included.
# ruff: noqa: PTH110, PTH118, PTH123

from __future__ import annotations

import os
import sys

_NAME = "libnvidia-ml.so.1"
#: The cache of glibc's loader.
_LOADER_CACHE = "/etc/ld.so.cache"


def find_library(*, platform: str = sys.platform, loader_cache: str | os.PathLike[str] = _LOADER_CACHE) -> bool:
    """
    Return whether the NVIDIA library is where the loader looks.

    Only if no file is found, the loader itself is asked, as it knows more places; normally there is then nothing
    to load.
    """
    if platform == "win32":
        return any(map(os.path.isfile, _windows_files()))
    return _is_in_environment() or _is_in_cache(loader_cache) or _is_loadable()


def _windows_files() -> tuple[str, str]:
    """Return the paths that nvidia-ml-py tries."""
    system = os.environ.get("WINDIR", "C:/Windows")
    programs = os.environ.get("ProgramFiles", "C:/Program Files")  # noqa: SIM112  (as Windows spells it)
    return f"{system}/System32/nvml.dll", f"{programs}/NVIDIA Corporation/NVSMI/nvml.dll"


def _is_in_environment() -> bool:
    folders = os.environ.get("LD_LIBRARY_PATH", "").replace(";", ":").split(":")
    return any(os.path.exists(os.path.join(folder, _NAME)) for folder in folders if folder)


def _is_in_cache(loader_cache: str | os.PathLike[str]) -> bool:
    try:
        with open(loader_cache, "rb") as file:
            return f"{_NAME}\0".encode() in file.read()
    except OSError:
        return False


def _is_loadable() -> bool:
    import _ctypes  # the C part of ctypes only

    try:
        _ctypes.dlopen(_NAME)
    except OSError:
        return False
    return True
