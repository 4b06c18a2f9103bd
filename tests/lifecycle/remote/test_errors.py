"""The message of an address that gives no registry."""

from __future__ import annotations

import pytest

from model_garden_registry.lifecycle.remote.errors import RemoteRegistryError


@pytest.mark.parametrize(
    ("kept", "message"),
    [
        pytest.param(None, "https://x/r: answers 404", id="nothing kept"),
        pytest.param(
            "2030-01-02T00:00:00+00:00",
            "https://x/r: answers 404; the registry downloaded on 2030-01-02T00:00:00+00:00 is kept",
            id="a registry kept",
        ),
    ],
)
def test_the_message_has_address_reason_and_what_is_kept(kept: str | None, message: str) -> None:
    """In one line, with control characters escaped."""
    error = RemoteRegistryError("https://x/r", "answers 404", kept=kept)

    assert str(error) == message
    assert str(RemoteRegistryError("https://x/\x1b", "a\nb")) == r"https://x/\x1b: a\nb"
