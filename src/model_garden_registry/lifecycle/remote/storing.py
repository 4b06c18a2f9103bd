"""The cache of downloaded registries, written: a registry first, then the state that names it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from model_garden_registry.errors import RegistryWriteError
from model_garden_registry.files.remote_cache import FORMAT, CachedRegistry, folder_of, registry_path, state_path
from model_garden_registry.files.writing.additions import document_text
from model_garden_registry.files.writing.locks import locked
from model_garden_registry.files.writing.replacing import make_folder, write_file
from model_garden_registry.lifecycle.remote.addresses import shown

#: Files of registries that stay: the one in use, and the one before it, which a process may be about to read.
_KEPT = 2


def store(url: str, content: bytes, *, facts: CachedRegistry) -> None:
    """
    Store a download as the registry of an address. A reader finds the old or the new one, never a part.

    Args:
        content: The registry; it has the digest of ``facts``.

        facts: What is known about it; its path is that of ``place_of``.

    Raises:
        RegistryWriteError: It cannot be stored; the old one is unchanged.
    """
    folder = facts.path.parent
    make_folder(folder)
    with locked(folder / "download"):
        write_file(facts.path, content, is_forced=True)
        _write_state(url, facts)
        _remove_old(folder, facts.path)


def store_state(url: str, facts: CachedRegistry) -> None:
    """
    Store what a server said about a registry that is stored already.

    Raises:
        RegistryWriteError: It cannot be stored; the old state is unchanged.
    """
    with locked(facts.path.parent / "download"):
        _write_state(url, facts)


def place_of(url: str, sha256: str) -> Path:
    """
    Return where the registry of an address is stored.

    Raises:
        RegistryWriteError: The system has no place for it.
    """
    folder = folder_of(url)
    if folder is None:
        raise RegistryWriteError(Path("~"), "there is no home, and so no folder for downloads: set XDG_CACHE_HOME")
    return registry_path(folder, sha256)


def _write_state(url: str, facts: CachedRegistry) -> None:
    stated: dict[str, Any] = {"format": FORMAT, "address": shown(url), **asdict(facts)}
    stated.pop("path")
    write_file(state_path(facts.path.parent), f"{document_text(stated)}\n".encode(), is_forced=True)


def _remove_old(folder: Path, current: Path) -> None:
    """Remove registries that no state names, all but the newest of them, and parts that killed writers have left."""
    with suppress(OSError):
        others = [path for path in folder.glob("registry-*.json") if path != current]
        for path in sorted(others, key=lambda path: path.stat().st_mtime_ns, reverse=True)[_KEPT - 1 :]:
            path.unlink()
        for part in folder.glob(".registry-*.mgr-new"):
            part.unlink()
