"""The configured remote registry, brought up to date: downloaded and checked before it replaces the last one."""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from model_garden_registry.errors import InvalidEntryError, RegistryReadError
from model_garden_registry.files.configuration import ConfiguredRemote, configured_remote
from model_garden_registry.files.documents import Document, parse_document
from model_garden_registry.files.loading import RegistryFile
from model_garden_registry.files.remote_cache import CachedRegistry, cached_registry, moment_of
from model_garden_registry.lifecycle.remote.addresses import shown, sibling
from model_garden_registry.lifecycle.remote.downloads import Fetched
from model_garden_registry.lifecycle.remote.errors import RemoteRegistryError
from model_garden_registry.lifecycle.remote.fetching import fetch
from model_garden_registry.lifecycle.remote.indexes import Index, InvalidIndexError, parse_index
from model_garden_registry.lifecycle.remote.storing import place_of, store, store_state

#: The variable that forbids the network.
VARIABLE = "MGR_OFFLINE"


class UpdateState(StrEnum):
    """What came of an update."""

    UPDATED = "updated"
    UNCHANGED = "unchanged"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Update:
    """
    A remote registry after an update.

    Args:
        state: Whether another registry was downloaded, the last one is current, or the network was not used.

        remote: The configuration.

        cached: The registry that is stored now.
    """

    state: UpdateState
    remote: ConfiguredRemote
    cached: CachedRegistry


class _Found(NamedTuple):
    """
    A registry that an address gave, checked.

    Args:
        content: Its bytes; None: those of the stored one.
    """

    content: bytes | None
    sha256: str
    etag: str | None


def is_offline() -> bool:
    """Return whether ``MGR_OFFLINE`` forbids the network: set, and neither empty nor ``0``."""
    return os.environ.get(VARIABLE, "").strip() not in {"", "0"}


def update_registry(remote: ConfiguredRemote | None = None) -> Update:
    """
    Download the configured remote registry if it has changed, and store it in place of the last one.

    The address gives a registry file, or the index of a published one. With a pin that the stored registry has, and
    with ``MGR_OFFLINE``, nothing is downloaded.

    Args:
        remote: The address, the pin, and the time for everything together; None: as ``mgr.toml`` has them.

    Raises:
        LockedError: Another process stores a registry at the same time.

        MissingExtraError: The library for such addresses is not installed.

        RegistryReadError: The configuration is not valid.

        RegistryWriteError: The registry cannot be stored.

        RemoteRegistryError: None is configured, or the address gives none that can be used; the last good one is kept.
    """
    remote = remote or configured_remote()
    if remote is None:
        raise RemoteRegistryError(
            "mgr.toml", 'names no remote registry: write [remote], and below it url = "https://…"'
        )
    cached = cached_registry(remote.url)
    if is_offline():
        if cached is None:
            raise RemoteRegistryError(shown(remote.url), f"is not downloaded, and {VARIABLE} forbids to do that now")
        return Update(UpdateState.OFFLINE, remote, cached)
    if cached is not None and cached.sha256 == remote.sha256:
        return Update(UpdateState.UNCHANGED, remote, cached)
    try:
        found = _find(remote, cached)
        return _stored(remote, found, cached)
    except RemoteRegistryError as error:
        kept = cached.fetched_at if cached else None
        raise RemoteRegistryError(error.address, error.why, kept=kept) from None


def _find(remote: ConfiguredRemote, cached: CachedRegistry | None) -> _Found:
    """Ask the address; follow an index to the registry that it names."""
    end = time.monotonic() + remote.timeout_seconds
    first = fetch(remote.url, etag=cached.etag if cached else None, seconds=remote.timeout_seconds)
    if first.content is None:
        assert cached is not None
        return _pinned(remote, _Found(None, cached.sha256, cached.etag))
    index = _index(first, first.content)
    if index is None:
        return _pinned(remote, _Found(first.content, _digest(first.content), first.etag))
    _pinned(remote, _Found(None, index.sha256, first.etag))
    if cached is not None and cached.sha256 == index.sha256:
        return _Found(None, cached.sha256, first.etag)
    place = sibling(first.url, index.file, configured=remote.url)
    content = fetch(place, etag=None, seconds=end - time.monotonic()).content or b""
    if (found := _digest(content)) != index.sha256:
        raise RemoteRegistryError(shown(place), f"has the sha256 {found}, and the index says {index.sha256}")
    return _Found(content, index.sha256, first.etag)


def _index(first: Fetched, content: bytes) -> Index | None:
    try:
        return parse_index(_parsed(content, first.url))
    except InvalidIndexError as error:
        raise RemoteRegistryError(shown(first.url), str(error)) from None


def _pinned(remote: ConfiguredRemote, found: _Found) -> _Found:
    if remote.sha256 not in (None, found.sha256):
        what = f"gives the sha256 {found.sha256}, and the pin in {remote.file.name} is {remote.sha256}"
        raise RemoteRegistryError(shown(remote.url), what)
    return found


def _stored(remote: ConfiguredRemote, found: _Found, cached: CachedRegistry | None) -> Update:
    """Store what was found, or that the stored registry is current."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    if cached is not None and cached.sha256 == found.sha256:
        current = replace(cached, checked_at=now, etag=found.etag)
        store_state(remote.url, current)
        return Update(UpdateState.UNCHANGED, remote, current)
    content = found.content or b""
    place = place_of(remote.url, found.sha256)
    file = _checked(content, remote.url, place)
    facts = CachedRegistry(
        path=place,
        sha256=found.sha256,
        version=file.version,
        last_updated=file.last_updated,
        fetched_at=now,
        checked_at=now,
        etag=found.etag,
    )
    store(remote.url, content, facts=facts)
    return Update(UpdateState.UPDATED, remote, facts)


def _checked(content: bytes, url: str, place: Path) -> RegistryFile:
    """Return a registry whose head is valid, with a date, and at least one valid entry."""
    document = _parsed(content, url)
    try:
        file = RegistryFile(document, place)
        moment_of(file.last_updated)
    except RegistryReadError as error:
        raise RemoteRegistryError(shown(url), error.problem) from None
    except InvalidEntryError as error:
        raise RemoteRegistryError(shown(url), str(error)) from None
    except ValueError:
        problem = "has no last_updated that can be read, and so cannot be compared with the shipped registry"
        raise RemoteRegistryError(shown(url), problem) from None
    if not any(_is_valid(file, key) for key in file.models):
        raise RemoteRegistryError(shown(url), "has no valid entry")
    return file


def _is_valid(file: RegistryFile, key: str) -> bool:
    if file.document.get("extends") is True:  # its entries are parts of entries
        return isinstance(file.models[key], dict)
    try:
        file.parse_entry(key)
    except InvalidEntryError:
        return False
    return True


def _parsed(content: bytes, url: str) -> Document:
    try:
        return parse_document(content, Path(shown(url)))
    except RegistryReadError as error:
        place = f" (line {error.line}, column {error.column})" if error.line else ""
        raise RemoteRegistryError(shown(url), f"{error.problem}{place}") from None


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
