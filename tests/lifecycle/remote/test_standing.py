"""Whether the configured remote registry can be used, and why not."""

from __future__ import annotations

from pathlib import Path

import pytest
from remote_site import keep_download, registry_bytes

from model_garden_registry.files.configuration import ConfiguredRemote
from model_garden_registry.files.remote_cache import shipped_date
from model_garden_registry.lifecycle.remote.standing import RemoteStanding, standing_of

URL = "https://user:secret@models.example/registry.json"
REMOTE = ConfiguredRemote(URL, None, 30.0, Path("mgr.toml"))


def test_a_newer_download_can_be_used() -> None:
    """Its address is shown without what is secret."""
    cached = keep_download(URL, registry_bytes(date="2999-01-01T00:00:00Z"))

    found = standing_of(REMOTE)

    assert found == RemoteStanding("https://models.example/registry.json", REMOTE, cached, None)
    assert found.is_usable


@pytest.mark.parametrize(
    ("date", "pin", "why"),
    [
        pytest.param(None, None, "it is not downloaded: run mgr registry update", id="nothing there"),
        pytest.param("2001-01-01T00:00:00Z", None, f"the shipped registry is as new, of {shipped_date()}", id="older"),
        pytest.param("2999-01-01T00:00:00Z", "0" * 64, None, id="not the pinned one"),
    ],
)
def test_what_cannot_be_used_says_why(date: str | None, pin: str | None, why: str | None) -> None:
    """As half a sentence."""
    cached = keep_download(URL, registry_bytes(date=date)) if date else None

    found = standing_of(REMOTE._replace(sha256=pin))

    assert (found.cached, found.is_usable) == (cached, False)
    assert found.why_unusable == why or (why is None and "and the pin is" in str(found.why_unusable))
