"""A download has one time limit, whatever its address."""

from __future__ import annotations

import pytest
from remote_site import Reply, Site

from model_garden_registry.lifecycle.remote.errors import RemoteRegistryError
from model_garden_registry.lifecycle.remote.fetching import fetch

pytest.importorskip("aiohttp", reason="extra remote is not installed")


def test_a_file_is_downloaded(site: Site) -> None:
    """Within the limit."""
    assert fetch(site.serve(b"content"), etag=None, seconds=30).content == b"content"


@pytest.mark.parametrize("seconds", [0.2, -1.0])
def test_a_server_that_does_not_answer_is_left(seconds: float, site: Site) -> None:
    """Also if no time is left at all."""
    site.replies["/registry.json"] = Reply(is_silent=True)

    with pytest.raises(RemoteRegistryError) as caught:
        fetch(site.url(), etag=None, seconds=seconds)

    assert caught.value.why == f"no whole answer within {seconds:g} seconds"


def test_an_address_is_checked_before_anything_is_asked() -> None:
    """No library is even loaded for a file."""
    with pytest.raises(RemoteRegistryError, match="is not an address of a registry"):
        fetch("file:///etc/passwd", etag=None, seconds=30)


def test_an_address_of_a_store_is_asked_through_fsspec(monkeypatch: pytest.MonkeyPatch) -> None:
    """And an error of it arrives."""

    def fail(*_: object, **__: object) -> None:
        raise FileNotFoundError

    monkeypatch.setattr("fsspec.filesystem", fail)

    with pytest.raises(RemoteRegistryError, match="s3://bucket/r: is not there"):
        fetch("s3://bucket/r", etag=None, seconds=30)
