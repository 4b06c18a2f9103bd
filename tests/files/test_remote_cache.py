"""The downloaded registry that is used: the last good one, if it is newer than the shipped one."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest
from remote_site import digest

from model_garden_registry.bundled import bundled_registry
from model_garden_registry.errors import RegistryWarning
from model_garden_registry.files import remote_cache
from model_garden_registry.files.configuration import Configuration, ConfiguredRemote
from model_garden_registry.files.remote_cache import (
    CachedRegistry,
    cached_registry,
    folder_of,
    is_newer,
    latest,
    moment_of,
    registry_path,
    remote_layer,
    shipped_date,
    state_path,
    unusable,
)

URL = "https://models.example/registry.json"
CONTENT = b"{}"
STATE = {
    "format": "mgr.remote-cache/1",
    "sha256": digest(CONTENT),
    "version": "1.2.0",
    "last_updated": "2999-01-01T00:00:00Z",
    "fetched_at": "2030-01-01T00:00:00+00:00",
    "checked_at": "2030-01-02T00:00:00+00:00",
    "etag": None,
}


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail where anything asks the network."""

    def refuse(*_: object, **__: object) -> None:
        pytest.fail("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def keep(content: bytes = CONTENT, **changes: Any) -> CachedRegistry:
    """Put a download into the cache; return what is known about it."""
    folder = folder_of(URL)
    assert folder is not None
    folder.mkdir(parents=True, exist_ok=True)
    state = {**STATE, **changes}
    state_path(folder).write_text(json.dumps(state), encoding="utf-8")
    path = registry_path(folder, str(state["sha256"]))
    registry_path(folder, digest(CONTENT)).write_bytes(content)
    facts = {name: value for name, value in state.items() if name != "format"}
    return CachedRegistry(path=path, **facts)


def configure(tmp_path: Path, more: str = "") -> Path:
    """Configure the remote registry."""
    file = tmp_path / "mgr.toml"
    file.write_text(f'[remote]\nurl = "{URL}"\n{more}', encoding="utf-8")
    return file


def test_an_address_that_was_never_downloaded_has_no_registry() -> None:
    """Nor has one on a system without a cache."""
    assert cached_registry(URL) is None


def test_the_last_download_of_an_address_is_found() -> None:
    """With what is known about it; other addresses have their own."""
    assert cached_registry(URL) is None
    kept = keep(etag='"e"')

    assert cached_registry(URL) == kept
    assert cached_registry(URL + "?other") is None


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        *(
            pytest.param(changes, "is not the state of a downloaded registry", id=name)
            for name, changes in {
                "another format": {"format": "mgr.remote-cache/2"},
                "no digest": {"sha256": "../" * 21 + "x"},
                "a digest that is no text": {"sha256": 7},
                "no version": {"version": "one"},
                "no date": {"last_updated": "soon"},
                "no offset": {"fetched_at": "2030-01-01T00:00:00"},
                "a date beyond all years": {"checked_at": "0001-01-01T00:00:00+14:00"},
                "a date that is no text": {"checked_at": None},
                "an etag that is no text": {"etag": 1},
            }.items()
        ),
        pytest.param({"content": b"{ }"}, "is not as it was downloaded: its sha256 is another", id="another content"),
    ],
)
def test_a_damaged_download_is_ignored_with_a_warning(changes: dict[str, Any], problem: str, tmp_path: Path) -> None:
    """It says how to mend it."""
    configure(tmp_path)
    keep(**changes)
    end = "; the downloaded registry is ignored: mgr registry update downloads it again"

    with pytest.warns(RegistryWarning) as caught:
        found = cached_registry(URL), remote_layer(Configuration())

    assert found == (None, None)
    assert all(str(one.message).endswith(f"{problem}{end}") for one in caught)


def test_a_download_whose_file_is_gone_is_ignored_with_a_warning() -> None:
    """The same for a state that is not JSON."""
    kept = keep()
    kept.path.unlink()
    with pytest.warns(RegistryWarning, match="Registry not found.* the downloaded registry is ignored"):
        assert cached_registry(URL) is None

    state_path(kept.path.parent).write_text("{", encoding="utf-8")
    with pytest.warns(RegistryWarning, match=r"state\.json:1:2: is not JSON.* the downloaded registry is ignored"):
        assert cached_registry(URL) is None


def test_a_newer_download_is_the_remote_layer(tmp_path: Path) -> None:
    """Without a word, and without the network."""
    configure(tmp_path)

    assert remote_layer_after(keep()) == keep().path


def remote_layer_after(_: CachedRegistry) -> Path | None:
    """Return the remote layer once something is kept."""
    return remote_layer(Configuration())


def test_an_older_download_is_no_layer(tmp_path: Path) -> None:
    """Without a word: the shipped registry is as new. Offsets are heeded."""
    configure(tmp_path)
    keep(last_updated=shipped_date())
    assert remote_layer(Configuration()) is None

    before = moment_of(shipped_date()).replace(tzinfo=None).isoformat()
    keep(last_updated=f"{before}+05:00")
    assert remote_layer(Configuration()) is None
    kept = keep(last_updated=f"{before}-05:00")
    assert remote_layer(Configuration()) == kept.path


def test_without_configuration_there_is_no_remote_layer() -> None:
    """Whatever was downloaded before."""
    keep()

    assert remote_layer(Configuration()) is None


def test_a_registry_that_was_never_downloaded_is_warned_of(tmp_path: Path) -> None:
    """Otherwise two people of a team would get different answers and not know why."""
    file = configure(tmp_path)

    with pytest.warns(RegistryWarning) as caught:
        assert remote_layer(Configuration()) is None

    assert str(caught[0].message) == (
        f"{file}: the registry of [remote] is not downloaded, and not used: run mgr registry update"
    )


def test_a_registry_that_cannot_be_used_is_warned_of(tmp_path: Path) -> None:
    """It is another than the pinned one, or in a newer format."""
    file = configure(tmp_path, f'sha256 = "{"0" * 64}"\n')
    kept = keep()
    with pytest.warns(RegistryWarning) as caught:
        assert remote_layer(Configuration()) is None
    assert str(caught[0].message) == (
        f"{file}: the registry of [remote] is not used: it has the sha256 {kept.sha256}, "
        f"and the pin is {'0' * 64}: run mgr registry update"
    )

    newer = keep(version="2.0.0")
    assert unusable(newer, ConfiguredRemote(URL, newer.sha256, 30.0, file)) == (
        "it is in format 2.0.0, and this release reads up to 1.2.0: install a newer one"
    )


def test_a_pinned_registry_is_used(tmp_path: Path) -> None:
    """If it has the digest of the pin."""
    configure(tmp_path, f'sha256 = "{digest(CONTENT).upper()}"\n')

    assert remote_layer_after(keep()) == keep().path


def test_without_a_place_for_the_cache_nothing_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if it was never downloaded."""
    configure(tmp_path)
    monkeypatch.setattr(remote_cache, "remote_cache", lambda: None)

    assert cached_registry(URL) is None
    with pytest.warns(RegistryWarning, match="is not downloaded"):
        assert remote_layer(Configuration()) is None


def test_the_file_that_has_replaced_a_download_is_found() -> None:
    """One that is damaged has replaced nothing."""
    kept = keep()
    other = kept.path.with_name("registry-other.json")
    assert latest(other) == kept.path

    state_path(kept.path.parent).write_text("{", encoding="utf-8")
    assert latest(other) == other


def test_the_date_of_the_shipped_registry_is_in_its_head() -> None:
    """It is read without the rest of the file."""
    assert shipped_date() == json.loads(bundled_registry().read_bytes())["last_updated"]


def test_dates_are_compared_in_utc() -> None:
    """Whatever their offsets; equal is not newer."""
    assert is_newer("2030-01-01T00:30:00Z", "2030-01-01T01:00:00+01:00")
    assert not is_newer("2030-01-01T00:00:00Z", "2030-01-01T01:00:00+01:00")
