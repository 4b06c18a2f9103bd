"""Versions of the file format, compared. Needs no models: a check that finds a wrong file does without them."""

from __future__ import annotations

#: The format that this release writes.
FORMAT_VERSION = "1.2.0"


def newer_major(version: object) -> bool:
    """Say whether a format version is one that this release must refuse."""
    major = version.partition(".")[0] if isinstance(version, str) else ""
    return major.isdecimal() and _count(major) > release_of(FORMAT_VERSION)[0]


def release_of(version: str) -> tuple[int, int]:
    """Give major and minor number of a version with three parts."""
    major, minor, _ = version.split(".")
    return _count(major), _count(minor)


def _count(digits: str) -> int:
    """Read one part of a version; of a very long one, the first digits are enough to compare."""
    return int(digits.lstrip("0")[:9] or "0")
