"""
GPUs in Slurm's words: ``gpu:h100:8(S:0-1)``, ``gres/gpu:h100=3``.

Source: Slurm, slurm.conf and gres.conf: name, type and count, with ``no_consume`` between them, a suffix K, M, G, T or
P behind a count, and sockets or indices in parentheses.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_NOTES = re.compile(r"\([^()]*\)")
_COUNT = re.compile(r"([0-9]{1,15})([KMGTP]?)", re.IGNORECASE)
_POWERS = "KMGTP"
_TRES = re.compile(r"gres/gpu(?::([^=,]+))?=([0-9]{1,15})([KMGTP]?)", re.IGNORECASE)
#: The parts of a resource behind its name: type and count.
_PARTS = 2


class GresError(ValueError):
    """A text is not one of Slurm's resources."""


def gpus_of_gres(gres: str) -> dict[str, int]:
    """
    Return the number of GPUs by type; the type of those without one is empty.

    Raises:
        GresError: It cannot be read.
    """
    found: dict[str, int] = {}
    for one in filter(None, map(str.strip, _NOTES.sub("", gres).split(","))):
        name, *parts = (part for part in one.split(":") if part != "no_consume")
        if name != "gpu":
            continue
        count = _COUNT.fullmatch(parts[-1]) if parts else None
        kind = parts[:-1] if count else parts
        if len(kind) >= _PARTS or "(" in one or ")" in one:
            raise GresError(f"the GRES {one[:80]!r} cannot be read")
        key = kind[0] if kind else ""
        found[key] = found.get(key, 0) + (_number(count) if count else 1)
    return {kind: count for kind, count in found.items() if count}


def gpus_of_tres(tres: str) -> dict[str, int]:
    """Return the number of GPUs by type in a list of trackable resources; the type of the total is empty."""
    return {match[1] or "": _number(match, 2) for match in _TRES.finditer(tres)}


def used_gpus(kinds: Mapping[str, int], used: Mapping[str, int]) -> dict[str, int] | None:
    """
    Return how many GPUs of each type are in use; None if that is not said by type.

    Args:
        kinds: The GPUs of the node, by type.

        used: Those in use, by type or only as their total.
    """
    typed = {kind: count for kind, count in used.items() if kind}
    if not typed and len(kinds) == 1:
        return dict.fromkeys(kinds, used.get("", 0))
    if typed or not used.get(""):
        rest = max(used.get("", 0) - sum(typed.values()), 0)
        return {kind: typed.get(kind, 0) if kind else rest for kind in kinds}
    return None


def _number(match: re.Match[str], first: int = 1) -> int:
    power = _POWERS.find(match[first + 1].upper()) + 1 if match[first + 1] else 0
    number: int = int(match[first]) * 1024**power
    return number
