"""Comparison of releases."""

from __future__ import annotations

import re
from functools import lru_cache

#: Numbers with dots, then the suffix of a candidate, a post release or a local build.
_RELEASE = re.compile(
    r"v?([0-9]{1,6}(?:\.[0-9]{1,6}){0,4})(?:\.?(?:a|b|rc|dev|post)[0-9]{0,9})?(?:\+[a-z0-9.]{1,40})?",
    re.IGNORECASE | re.ASCII,
)

Release = tuple[int, ...]


@lru_cache(maxsize=1024)
def release_of(text: str) -> Release | None:
    """
    Return the numbers of a release; None if the text is not one.

    Trailing zeros do not count: ``1.15`` and ``1.15.0`` are one release, ``0.5.10.post1`` counts as ``0.5.10``.
    """
    match = _RELEASE.fullmatch(text)
    if match is None:
        return None
    numbers = [int(number) for number in match[1].split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def capability_of(text: str | None) -> tuple[int, int] | None:
    """Return a CUDA compute capability as numbers, so that 12.0 is above 9.0."""
    if text is None:
        return None
    return known_capability(text)


def known_capability(text: str) -> tuple[int, int]:
    """Return a compute capability that a table states."""
    major, _, minor = text.partition(".")
    return int(major), int(minor)


def known_release(text: str) -> Release:
    """Return the numbers of a release that a table states."""
    release = release_of(text)
    assert release is not None, text
    return release
