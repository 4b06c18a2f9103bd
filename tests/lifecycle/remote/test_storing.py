"""The cache of downloaded registries, written."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from remote_site import digest

from model_garden_registry.errors import RegistryWriteError
from model_garden_registry.files.remote_cache import CachedRegistry, cached_registry
from model_garden_registry.lifecycle.remote.storing import place_of, store, store_state

URL = "https://user:secret@host/registry.json?token=1"
DAY = "2030-01-01T00:00:00+00:00"


def facts_of(content: bytes, etag: str | None = None) -> CachedRegistry:
    """Return what is stored with some bytes."""
    found = digest(content)
    return CachedRegistry(place_of(URL, found), found, "1.2.0", "2030-01-01T00:00:00Z", DAY, DAY, etag)


def names(folder: Path) -> list[str]:
    """Return the names of what is in a folder."""
    return sorted(path.name for path in folder.iterdir())


def test_what_is_stored_is_found() -> None:
    """With all its facts; the folder has the registry and the state, without anything secret."""
    facts = facts_of(b"one", '"e"')
    store(URL, b"one", facts=facts)

    assert cached_registry(URL) == facts
    assert facts.path.read_bytes() == b"one"
    assert names(facts.path.parent) == [facts.path.name, "state.json"]
    state = (facts.path.parent / "state.json").read_text(encoding="utf-8")
    assert "https://host/registry.json" in state
    assert not {"secret", "token"} & {*state.replace('"', " ").split()}


def test_a_newer_state_replaces_the_old_one() -> None:
    """The registry stays."""
    store(URL, b"one", facts=facts_of(b"one", '"e"'))
    newer = facts_of(b"one", '"f"')
    store_state(URL, newer)

    assert cached_registry(URL) == newer


def test_the_registry_before_the_last_one_is_kept() -> None:
    """A process that has read the state before may still open it; older ones, and parts of files, are removed."""
    every = [facts_of(content) for content in (b"one", b"two", b"three")]
    for number, (content, facts) in enumerate(zip((b"one", b"two", b"three"), every, strict=True)):
        store(URL, content, facts=facts)
        os.utime(facts.path, (number, number))
        (facts.path.parent / f".{facts.path.name}.0000000{number}.mgr-new").touch()
    (every[0].path.parent / ".registry-x.json.00000000.mgr-new").touch()
    last = facts_of(b"four")
    store(URL, b"four", facts=last)

    assert names(last.path.parent) == sorted([last.path.name, every[2].path.name, "state.json"])


def test_a_registry_that_cannot_be_stored_leaves_the_last_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever fails: the state names a whole file."""
    first = facts_of(b"one")
    store(URL, b"one", facts=first)

    def fail(*_: object, **__: object) -> None:
        raise RegistryWriteError(first.path, "cannot be written: no space left")

    monkeypatch.setattr("model_garden_registry.lifecycle.remote.storing._write_state", fail)
    with pytest.raises(RegistryWriteError):
        store(URL, b"two", facts=facts_of(b"two"))

    assert cached_registry(URL) == first


def test_of_two_writers_at_the_same_time_one_is_the_last() -> None:
    """Whichever it is, its registry is whole, and so is the state."""
    contents = [f"content {number}".encode() for number in range(12)]

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda content: store(URL, content, facts=facts_of(content)), contents))

    assert cached_registry(URL) in [facts_of(content) for content in contents]
    assert len(names(place_of(URL, "0" * 64).parent)) == 3


def test_without_a_home_nothing_can_be_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says what to set."""
    monkeypatch.setattr("model_garden_registry.files.remote_cache.remote_cache", lambda: None)

    with pytest.raises(RegistryWriteError, match="set XDG_CACHE_HOME"):
        place_of(URL, "0" * 64)
