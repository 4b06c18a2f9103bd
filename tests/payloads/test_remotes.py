"""Files that a registry is made of, and the configured remote registry, as JSON documents."""

from __future__ import annotations

from pathlib import Path

from remote_site import digest, keep_download, registry_bytes

from model_garden_registry.errors import RegistryReadError
from model_garden_registry.files.configuration import ConfiguredRemote
from model_garden_registry.files.location import NamedBy
from model_garden_registry.files.overlays import RegistryLayer
from model_garden_registry.lifecycle.remote.standing import standing_of
from model_garden_registry.lifecycle.remote.updating import Update, UpdateState
from model_garden_registry.payloads.registries import status_document, update_document

URL = "https://models.example/registry.json"
REMOTE = ConfiguredRemote(URL, None, 30.0, Path("mgr.toml"))


def test_files_are_listed_with_what_they_state() -> None:
    """One that is left out says why."""
    whole = RegistryLayer(Path("a.json"), NamedBy.SHIPPED, {"last_updated": "2030", "models": {"a/b": {}}})
    broken = RegistryLayer(Path("b.json"), NamedBy.USER, {}, RegistryReadError(Path("b.json"), "is empty"))

    assert status_document((whole, broken), None, is_offline=True) == {
        "format": "mgr.status/1",
        "layers": [
            {
                "path": "a.json",
                "named_by": "shipped",
                "overlay": False,
                "entries": 1,
                "last_updated": "2030",
                "problem": None,
            },
            {
                "path": "b.json",
                "named_by": "user",
                "overlay": True,
                "entries": 0,
                "last_updated": None,
                "problem": "b.json: is empty",
            },
        ],
        "remote": None,
        "offline": True,
    }


def test_a_remote_registry_is_shown_with_its_last_download() -> None:
    """The same in both documents; without a download, null."""
    missing = status_document((), standing_of(REMOTE), is_offline=False)["remote"]
    content = registry_bytes(date="2999-01-01T00:00:00Z")
    cached = keep_download(URL, content)

    document = update_document(Update(UpdateState.UPDATED, REMOTE, cached), standing_of(REMOTE))

    assert (missing["download"], missing["usable"]) == (None, False)
    assert document == {
        "format": "mgr.update/1",
        "state": "updated",
        "remote": {
            "address": URL,
            "configured_in": "mgr.toml",
            "pin": None,
            "download": {
                "path": str(cached.path),
                "sha256": digest(content),
                "version": "1.2.0",
                "last_updated": "2999-01-01T00:00:00Z",
                "fetched_at": cached.fetched_at,
                "checked_at": cached.checked_at,
            },
            "usable": True,
            "why_unusable": None,
        },
    }
