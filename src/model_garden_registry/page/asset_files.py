"""The files that pages load: style and modules, as they are in the package."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

_FOLDER = Path(__file__).resolve().parent / "assets"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


class Asset(NamedTuple):
    """
    A file.

    Args:
        name: Its name in ``assets/``.

        media_type: As HTTP states it.

        content: Its bytes.
    """

    name: str
    media_type: str
    content: bytes


@cache
def assets() -> dict[str, Asset]:
    """Return every file by its name, read once."""
    paths = sorted(path for path in _FOLDER.iterdir() if path.suffix in _TYPES)
    return {path.name: Asset(path.name, _TYPES[path.suffix], path.read_bytes()) for path in paths}
