"""Sizes and counts: units, and how they are read and written."""

from __future__ import annotations

import re

#: Decimal gigabyte: the unit of every ``*_gb`` field.
GB = 10**9
#: Binary units, as NVML and allocators count.
MIB = 2**20
GIB = 2**30

#: Factor of each letter of a size.
SCALES = {"K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}
#: Factor of ``k`` in our own options for numbers of tokens.
_THOUSAND = 1024
_WHOLE = re.compile(r"([+-]?[0-9]{1,19})(?:\.([0-9]{1,9}))?([kK])?", re.ASCII)
_PARAMETERS = re.compile(r"(?:([0-9]+)x)?([0-9]+(?:\.[0-9]+)?)([KMBT])(?:-A[0-9]+(?:\.[0-9]+)?[KMB])?")


def parse_parameter_count(text: str) -> int:
    """
    Return a size as people write it: ``"1.1B"``, ``"350M"``, ``"8x7B"``, ``"30B-A3B"``, ``"1T"``.

    Returns:
        All parameters, as a count; of ``"8x7B"`` the product, of ``"30B-A3B"`` the total.

    Raises:
        ValueError: The text is not such a size.
    """
    match = _PARAMETERS.fullmatch(text)
    if match is None:
        raise ValueError(f"not a parameter count: {text!r}")
    experts, number, letter = match.groups()
    whole, _, fraction = number.partition(".")
    divisor: int = 10 ** len(fraction)
    return int(experts or 1) * int(whole + fraction) * SCALES[letter] // divisor


def parse_whole(text: str) -> int | None:
    """
    Return a whole number as our options take it: ``4096``, or ``32k``, where ``k`` or ``K`` is 1024.

    Returns:
        The number, which may be negative; None if the text is not one, like ``0.3k``.
    """
    match = _WHOLE.fullmatch(text)
    if match is None:
        return None
    whole, fraction, letter = match.groups()
    if fraction and not letter:
        return None
    divisor = 10 ** len(fraction or "")
    number, rest = divmod(int(whole + (fraction or "")) * (_THOUSAND if letter else 1), divisor)
    return None if rest else number


def short_number(value: float) -> str:
    """Return a number without a redundant ``.0``: ``4``, ``4.5``, ``1e-05``."""
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e16 else repr(value)


def gigabytes_text(size_bytes: int) -> str:
    """Return a size in decimal GB with at most two decimals: ``24.15 GB``."""
    return f"{short_number(round(size_bytes / GB, 2))} GB"


def mebibytes_text(size_bytes: int) -> str:
    """Return a size as NVML tools and product pages state it: ``23034 MiB (24.15 GB)``."""
    return f"{size_bytes // MIB} MiB ({gigabytes_text(size_bytes)})"
