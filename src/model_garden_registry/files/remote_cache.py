"""
Downloaded registries: the last good download of each address, with what is known about it.

Nothing here uses the network: a registry is loaded from the cache, and only ``mgr registry update`` fills the cache.
Each address has a folder with a state and the file that the state names by its digest, so that a state is always that
of a whole file.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from model_garden_registry.bundled import bundled_registry
from model_garden_registry.entries.format_version import FORMAT_VERSION, newer_major
from model_garden_registry.errors import RegistryReadError, warn
from model_garden_registry.files.configuration import Configuration, ConfiguredRemote
from model_garden_registry.files.documents import Document, read_document
from model_garden_registry.files.own_places import remote_cache
from model_garden_registry.files.reading import read_bytes

FORMAT = "mgr.remote-cache/1"
_STATE = "state.json"
_LARGEST_STATE_BYTES = 65_536
#: The head of the shipped registry, which states its date.
_HEAD_BYTES = 1024
_PATTERNS = {"sha256": "[0-9a-f]{64}", "version": r"[0-9]+\.[0-9]+\.[0-9]+"}
_DATES = ("last_updated", "fetched_at", "checked_at")


@dataclass(frozen=True, slots=True)
class CachedRegistry:
    """
    The last good download of an address.

    Args:
        path: The file.

        sha256: The digest of its bytes, in hexadecimal digits.

        version: The version of its format.

        last_updated: The date that it states, with UTC offset.

        fetched_at: When it was downloaded, with UTC offset.

        checked_at: When the server last said that it is current, with UTC offset.

        etag: The server's name for what the address gave; None if it gave none.
    """

    path: Path
    sha256: str
    version: str
    last_updated: str
    fetched_at: str
    checked_at: str
    etag: str | None


def cached_registry(url: str) -> CachedRegistry | None:
    """Return the last good download of an address, or None; a damaged one is ignored with a ``RegistryWarning``."""
    folder = folder_of(url)
    if folder is None or not os.path.lexists(state_path(folder)):
        return None
    try:
        return _read(folder)
    except RegistryReadError as error:
        warn(f"{error}; the downloaded registry is ignored: mgr registry update downloads it again")
        return None


def remote_layer(configuration: Configuration) -> Path | None:
    """
    Return the file of the configured remote registry if it is used, else None.

    It is used if it is newer than the shipped one. Where it is missing, damaged, not the pinned one, or in a newer
    format, a ``RegistryWarning`` says so.

    Raises:
        RegistryReadError: The configuration is not valid.
    """
    remote = configuration.remote()
    if remote is None:
        return None
    folder = folder_of(remote.url)
    if folder is None or not os.path.lexists(state_path(folder)):
        warn(f"{remote.file}: the registry of [remote] is not downloaded, and not used: run mgr registry update")
        return None
    if (cached := cached_registry(remote.url)) is None:
        return None
    if (problem := unusable(cached, remote)) is not None:
        warn(f"{remote.file}: the registry of [remote] is not used: {problem}")
        return None
    return cached.path if is_newer(cached.last_updated, shipped_date()) else None


def unusable(cached: CachedRegistry, remote: ConfiguredRemote) -> str | None:
    """Return why a download cannot be used, whatever its date, as half a sentence; None if it can."""
    if remote.sha256 not in (None, cached.sha256):
        return f"it has the sha256 {cached.sha256}, and the pin is {remote.sha256}: run mgr registry update"
    if newer_major(cached.version):
        return f"it is in format {cached.version}, and this release reads up to {FORMAT_VERSION}: install a newer one"
    return None


def folder_of(url: str) -> Path | None:
    """Return the cache folder of an address, which need not exist; None if the system has no place for it."""
    import hashlib  # late: only a remote registry needs it

    cache = remote_cache()
    return cache / hashlib.sha256(url.encode()).hexdigest()[:32] if cache else None


def state_path(folder: Path) -> Path:
    """Return the path of the state in the cache folder of an address."""
    return folder / _STATE


def registry_path(folder: Path, sha256: str) -> Path:
    """Return the path of a registry in the cache folder of an address."""
    return folder / f"registry-{sha256}.json"


def latest(path: Path) -> Path:
    """Return the file that has replaced a download; the same if none has, or what has is damaged."""
    state = state_path(path.parent)
    try:
        return _parse(read_document(state, _LARGEST_STATE_BYTES), state).path
    except RegistryReadError:
        return path


def shipped_date() -> str:
    """Return the date of the shipped registry, with UTC offset."""
    with bundled_registry().open("rb") as file:  # its head: the rest is read when a model is asked for
        found = re.search(rb'"last_updated":\s*"([^"]+)"', file.read(_HEAD_BYTES))
    assert found is not None
    return found[1].decode()


def is_newer(date: str, other: str) -> bool:
    """Return whether a date is after another; both have UTC offsets."""
    return moment_of(date) > moment_of(other)


def moment_of(date: str) -> datetime:
    """
    Return a date with UTC offset as a moment in UTC.

    Raises:
        ValueError: It is no date, or has no offset.
    """
    moment = datetime.fromisoformat(date)
    if moment.tzinfo is None:
        raise ValueError(date)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(date) from None


def _read(folder: Path) -> CachedRegistry:
    """
    Read the state of a cache folder, and check the file that it names.

    Raises:
        RegistryReadError: One of them is missing or not as it was written.
    """
    import hashlib

    state = state_path(folder)
    cached = _parse(read_document(state, _LARGEST_STATE_BYTES), state)
    if hashlib.sha256(read_bytes(cached.path)).hexdigest() != cached.sha256:
        raise RegistryReadError(cached.path, "is not as it was downloaded: its sha256 is another")
    return cached


def _parse(document: Document, path: Path) -> CachedRegistry:
    facts: dict[str, Any] = {name: document.get(name) for name in (*_PATTERNS, *_DATES, "etag")}
    etag = facts["etag"]
    try:
        is_sound = document.get("format") == FORMAT and (etag is None or isinstance(etag, str))
        is_sound = is_sound and all(re.fullmatch(pattern, facts[name]) for name, pattern in _PATTERNS.items())
        for name in _DATES:
            moment_of(facts[name])
    except (TypeError, ValueError):
        is_sound = False
    if not is_sound:
        raise RegistryReadError(path, "is not the state of a downloaded registry")
    return CachedRegistry(path=registry_path(path.parent, facts["sha256"]), **facts)
