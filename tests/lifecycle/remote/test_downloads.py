"""What bounds a download."""

from __future__ import annotations

import pytest

from model_garden_registry.lifecycle.remote.downloads import LARGEST_BYTES, refuse_size, sound_etag
from model_garden_registry.lifecycle.remote.errors import RemoteRegistryError


def test_a_download_has_at_most_64_mib() -> None:
    """As a registry file has; an unknown size is no reason to refuse it."""
    refuse_size("https://x/r", None)
    refuse_size("https://x/r", LARGEST_BYTES)

    with pytest.raises(RemoteRegistryError, match="https://x/r: is larger than 64 MiB"):
        refuse_size("https://x/r?token=1", LARGEST_BYTES + 1)


@pytest.mark.parametrize(
    ("text", "kept"),
    [('"abc"', '"abc"'), ('W/"1"', 'W/"1"'), ("", None), (None, None), (7, None), ("é", None), ("a\r\nb", None)],
)
def test_an_etag_is_kept_if_it_can_be_sent_back(text: object, kept: str | None) -> None:
    """One line of ASCII."""
    assert sound_etag(text) == kept
    assert sound_etag("x" * 2000) is None
