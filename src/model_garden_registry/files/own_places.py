"""
Files and folders of this user outside any project: the user's own registry, and the cache of remote registries.

The only owner of platformdirs.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

_APPLICATION = "mgr"
_REGISTRY = "models_registry.json"


def user_registry() -> Path | None:
    r"""
    Return the path of the user's own registry, which need not exist; None if the system has no place for it.

    ``~/.config/mgr/models_registry.json`` on Linux (``XDG_CONFIG_HOME``), in ``~/Library/Application Support/mgr`` on
    macOS, in ``%LOCALAPPDATA%\mgr`` on Windows. It is configuration rather than a program's data: the user writes it,
    edits it, and may keep it with other such files.
    """
    from platformdirs import user_config_path  # late: importing the package needs no places

    folder = _folder(lambda: user_config_path(_APPLICATION, appauthor=False))
    return folder / _REGISTRY if folder else None


def remote_cache() -> Path | None:
    """Return the folder of downloaded registries, which need not exist; None if the system has no place for it."""
    from platformdirs import user_cache_path

    folder = _folder(lambda: user_cache_path(_APPLICATION, appauthor=False))
    return folder / "remote" if folder else None


def _folder(find: Callable[[], Path]) -> Path | None:
    """Return an absolute folder; a user without a home has none."""
    try:
        folder = find()
    except (OSError, RuntimeError, ValueError):
        return None
    return folder if folder.is_absolute() else None  # platformdirs 4.0 has "~/.config" there
