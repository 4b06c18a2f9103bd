"""The tables of docs/deployment.md: what one server can send, and what a million readers ask for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from _tables import ROOT

READERS = 1_000_000
_SECONDS = 86_400
#: The busiest second has so many times the requests of an average one.
_PEAK = 10
#: Of the readers, so many percent come for the first time in a day, or with an empty cache.
_NEW_PERCENT = 10
#: The headers of a request and of a reply without a body, in bytes, TLS left out.
_HEAD_BYTES = 400
#: Of the measured answers, those that readers ask for.
_NAMES = ("page of the list", "one model", "list of all models")
_GB, _TB = 10**9, 10**12


def capacity() -> str:
    """Return what one process sends, as ``python -m benchmarks.capacity --write`` measured it."""
    found = _measured()
    rows = [
        (name, f"{one['bytes']:,}", f"{one['requests_per_cpu_second']:,}", f"{one['ratio_to_hello']:.2f}")
        for name, one in found["answers"].items()
    ]
    head = ("answer", "bytes, compressed", "requests per second of CPU time", "CPU time / that of a hello as long")
    memory = found["memory_mib"]
    total = memory["server"] + memory["registry"]
    note = (
        f"Python {found['python']}. Memory of one worker with the shipped registry: {total} MiB, of which "
        f"{memory['server']} MiB serve and {memory['registry']} MiB hold the registry in a process of their own."
    )
    return f"{_table(head, rows)}\n\n{note}"


class _Kind(NamedTuple):
    """
    Readers of one kind.

    Args:
        what: What they do once a day.

        first: Bytes of the bodies with an empty cache, by request.

        again: Bytes of the bodies for one who has them.
    """

    what: str
    first: tuple[int, ...]
    again: tuple[int, ...]


def readers() -> str:
    """Return what a million readers a day ask for, by what they do."""
    kinds = _kinds()
    head = ("once a day", "requests", "bytes, first time", "bytes, again", "a day", "average", "busiest second")
    return _table(head, [_row(kind) for kind in kinds])


def _row(kind: _Kind) -> tuple[str, ...]:
    new = READERS * _NEW_PERCENT // 100
    known = READERS - new
    first, again = (sum(_HEAD_BYTES + size for size in sizes) for sizes in (kind.first, kind.again))
    requests = new * len(kind.first) + known * len(kind.again)
    total = new * first + known * again
    each_second = requests / _SECONDS
    return (
        kind.what,
        f"{len(kind.first)} or {len(kind.again)}",
        f"{first:,}",
        f"{again:,}",
        f"{total / _TB:.2f} TB" if total >= _TB else f"{total / _GB:.0f} GB",
        f"{each_second:.0f} requests/s, {total * 8 / _SECONDS / 10**6:.0f} Mbit/s",
        f"{each_second * _PEAK:,.0f} requests/s",
    )


def _kinds() -> list[_Kind]:
    found = _measured()
    index, whole = found["published"]["index"], found["published"]["registry"]
    page, model, listed = (found["answers"][name]["bytes"] for name in _NAMES)
    assets, files = found["assets"]["bytes"], found["assets"]["files"]
    return [
        _Kind("`mgr registry update`, registry as before", (index, whole), (0,)),
        _Kind("`mgr registry update`, registry new", (index, whole), (index, whole)),
        _Kind("the page, and ten models", (page, assets, *(0,) * (files - 1), *(model,) * 10), (0,) * (11 + files)),
        _Kind("the list by the API", (listed,), (0,)),
    ]


def _measured() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "docs" / "capacity.json").read_text(encoding="utf-8"))
    return found


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines: list[Sequence[str]] = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
