"""A registry as files for a web server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from remote_site import digest, registry_bytes

from model_garden_registry.errors import RegistryReadError
from model_garden_registry.lifecycle.remote.publishing import publish_registry


def test_a_registry_is_published_under_its_digest(tmp_path: Path) -> None:
    """The index names the file, its digest, and who can read it."""
    source, folder = tmp_path / "models.json", tmp_path / "site" / "v1"
    source.write_bytes(registry_bytes())

    published = publish_registry(folder, registry=source)

    content = published.registry_file.read_bytes()
    name = f"registry-{digest(content)}.json"
    assert sorted(path.name for path in folder.iterdir()) == ["index.json", name]
    assert json.loads(content) == json.loads(source.read_bytes())
    assert json.loads(published.index_file.read_bytes()) == {
        "format": "mgr.index/1",
        "sha256": digest(content),
        "version": "1.2.0",
        "last_updated": "2030-01-01T00:00:00Z",
        "lowest_mgr": "0.1.0",
        "file": name,
    }


def test_the_layout_of_a_file_does_not_change_its_digest(tmp_path: Path) -> None:
    """Indentation, line ends and a byte order mark are not published."""
    plain, other = tmp_path / "plain.json", tmp_path / "other.json"
    plain.write_bytes(registry_bytes())
    indented = json.dumps(json.loads(registry_bytes()), indent=4).replace("\n", "\r\n")
    other.write_bytes(b"\xef\xbb\xbf" + indented.encode())

    assert (
        publish_registry(tmp_path / "a", registry=plain).facts == publish_registry(tmp_path / "b", registry=other).facts
    )


def test_publishing_again_changes_the_index_and_keeps_the_old_registry(tmp_path: Path) -> None:
    """Readers of the old index still find what it names."""
    source, folder = tmp_path / "models.json", tmp_path / "site"
    source.write_bytes(registry_bytes())
    first = publish_registry(folder, registry=source)
    source.write_bytes(registry_bytes(date="2031-01-01T00:00:00Z"))
    second = publish_registry(folder, registry=source)

    assert first.registry_file.exists()
    assert second.registry_file != first.registry_file
    assert json.loads(second.index_file.read_bytes())["sha256"] == second.facts.sha256


@pytest.mark.filterwarnings("ignore:.*last_updated")
def test_a_registry_without_a_date_is_not_published(tmp_path: Path) -> None:
    """No reader could tell whether it is newer than theirs."""
    source = tmp_path / "models.json"
    source.write_bytes(registry_bytes(date="yesterday"))

    with pytest.raises(RegistryReadError, match="has no last_updated that can be read"):
        publish_registry(tmp_path / "site", registry=source)

    assert not (tmp_path / "site").exists()


def test_an_overlay_is_published_with_what_it_lies_on(tmp_path: Path) -> None:
    """Readers need no other file."""
    base, overlay = tmp_path / "base.json", tmp_path / "own.json"
    base.write_bytes(registry_bytes())
    head = {"version": "1.2.0", "last_updated": "2031-01-01T00:00:00Z", "extends": True}
    overlay.write_text(json.dumps({**head, "models": {"org/model": {"notes": ["ours"]}}}), encoding="utf-8")

    published = publish_registry(tmp_path / "site", registry=[base, overlay])

    document = json.loads(published.registry_file.read_bytes())
    assert "extends" not in document
    assert document["models"]["org/model"]["notes"] == ["ours"]
    assert document["last_updated"] == published.facts.last_updated == "2031-01-01T00:00:00Z"
    assert document["models"]["org/model"]["id"] == "org/model"
