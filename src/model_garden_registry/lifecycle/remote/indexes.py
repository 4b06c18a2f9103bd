"""The index of a published registry: a small file that names the registry of the moment by its digest."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from typing import Any, NamedTuple

from model_garden_registry.families.versions import release_of
from model_garden_registry.files.documents import Document
from model_garden_registry.visible_text import shown_value

FORMAT = "mgr.index/1"
#: The first release that reads this format of the index, and the format of registries that it names.
LOWEST_RELEASE = "0.1.0"
_ANY_FORMAT = re.compile(r"mgr\.index/[0-9]+")


class Index(NamedTuple):
    """
    What an index says of a registry.

    Args:
        sha256: The digest of its bytes, in hexadecimal digits.

        version: The version of its format.

        last_updated: The date that it states, with UTC offset.

        lowest_mgr: The lowest release of mgr that can use it.
    """

    sha256: str
    version: str
    last_updated: str
    lowest_mgr: str

    @property
    def file(self) -> str:
        """The name of the registry's file, in the folder of the index."""
        return registry_name(self.sha256)


class InvalidIndexError(ValueError):
    """A document is an index that cannot be used; the text says why, as half a sentence."""


def registry_name(sha256: str) -> str:
    """Return the name of a published registry: what has it never changes."""
    return f"registry-{sha256}.json"


def index_document(index: Index) -> dict[str, Any]:
    """Return ``mgr.index/1``."""
    return {"format": FORMAT, **index._asdict(), "file": index.file}


def parse_index(document: Document, *, release: str | None = None) -> Index | None:
    """
    Return the index that a document is; None if it is none, so that it may be a registry.

    Args:
        release: The release of mgr that reads it; None: this one.

    Raises:
        InvalidIndexError: It is one, but not valid, or for newer releases.
    """
    written = document.get("format")
    if not isinstance(written, str) or not _ANY_FORMAT.fullmatch(written):
        return None
    if written != FORMAT:
        raise InvalidIndexError(
            f"is an index in format {written}, and this release reads {FORMAT}: install a newer one"
        )
    index = Index(**{name: _text(document, name) for name in Index._fields})
    if not re.fullmatch("[0-9a-f]{64}", index.sha256):
        raise InvalidIndexError(f"is an index whose sha256 is {shown_value(index.sha256)}, not 64 hexadecimal digits")
    if _text(document, "file") != index.file:
        found = shown_value(document["file"])
        raise InvalidIndexError(f"is an index whose file is {found}, not named after its digest: {index.file}")
    _check_release(index.lowest_mgr, release or _own_release())
    return index


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str):
        raise InvalidIndexError(f"is an index without {name}")
    return value


def _own_release() -> str:
    """Return the release of the package, which is loaded whenever a module of it is."""
    return str(sys.modules[__name__.partition(".")[0]].__version__)


def _check_release(lowest: str, release: str) -> None:
    least, own = release_of(lowest), release_of(release)
    if least is None or own is None:
        raise InvalidIndexError(f"is an index whose lowest_mgr is {shown_value(lowest)}, not a release")
    if own < least:
        raise InvalidIndexError(f"needs mgr {lowest} or later, and this is {release}: install a newer one")
