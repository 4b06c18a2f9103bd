"""What a download gives, and its limits."""

from __future__ import annotations

from typing import NamedTuple

from model_garden_registry.files.reading import LARGEST_REGISTRY_BYTES
from model_garden_registry.lifecycle.remote.addresses import shown
from model_garden_registry.lifecycle.remote.errors import RemoteRegistryError
from model_garden_registry.units import MIB

#: The largest download, after decompression.
LARGEST_BYTES = LARGEST_REGISTRY_BYTES
#: Bytes that are read at once.
PART_BYTES = 65_536
_LONGEST_ETAG = 1024


class Fetched(NamedTuple):
    """
    What an address gave.

    Args:
        content: Its bytes; None: those of the given ETag.

        etag: The server's name for them; None if it has none.

        url: The address after redirects.
    """

    content: bytes | None
    etag: str | None
    url: str


def refuse_size(url: str, size: int | None) -> None:
    """
    Refuse a download that is too large.

    Raises:
        RemoteRegistryError: It is.
    """
    if size is not None and size > LARGEST_BYTES:
        raise RemoteRegistryError(shown(url), f"is larger than {LARGEST_BYTES // MIB} MiB")


def sound_etag(text: object) -> str | None:
    """Return an ETag that can be sent back: printable, and of reasonable length."""
    is_sound = isinstance(text, str) and text.isascii() and text.isprintable() and 0 < len(text) <= _LONGEST_ETAG
    return str(text) if is_sound else None
