"""
The version of a file's format, and whether the file is an overlay.

Imports no models: checking for an unreadable file works without them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: The key by which a document says that it is an overlay.
EXTENDS = "extends"

#: The format that this release writes.
FORMAT_VERSION = "1.2.0"


def is_overlay(document: Mapping[str, Any]) -> bool:
    """Return whether a document says that it is an overlay."""
    return document.get(EXTENDS) is True


def newer_major(version: object) -> bool:
    """Return whether this release must refuse a format version."""
    major = version.partition(".")[0] if isinstance(version, str) else ""
    return major.isdecimal() and _count(major) > release_of(FORMAT_VERSION)[0]


def release_of(version: str) -> tuple[int, int]:
    """Return the major and minor number of a three-part version."""
    major, minor, _ = version.split(".")
    return _count(major), _count(minor)


def _count(digits: str) -> int:
    """Return one part of a version; of a very long one, the first digits are enough to compare."""
    return int(digits.lstrip("0")[:9] or "0")
