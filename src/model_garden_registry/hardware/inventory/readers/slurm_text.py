"""What ``scontrol show nodes`` prints as text, one node a line (``-o``) or over several lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from model_garden_registry.hardware.inventory.errors import InventoryError

#: A key at the start of a line or behind blanks. Values contain blanks (``OS=Linux 6.1``), so that a value ends at the
#: next key.
_KEY = re.compile(r"(?:^|(?<=\s))([A-Za-z][A-Za-z_]*)=")
_START = "NodeName="
#: Free texts, which come last: one ends only where another begins, whatever else in it looks like a key.
_FREE = ("Reason", "Comment", "Extra", "InstanceId", "InstanceType")
#: Keys that come late in every node that has them.
_LATE = ("State", "AllocTRES")


class Record(NamedTuple):
    """
    A node.

    Args:
        line: 1-based line where it begins.

        values: Its values by key.
    """

    line: int
    values: Mapping[str, str]


def parse_records(content: str) -> list[Record]:
    """
    Return the nodes of a text.

    Raises:
        InventoryError: A line does not belong to a node, or the text ends within one.
    """
    records = [*_records(content)]
    if records and _is_cut(records, is_ended=content.endswith("\n")):
        raise InventoryError("it is truncated", line=records[-1].line)
    return records


def _is_cut(records: Sequence[Record], *, is_ended: bool) -> bool:
    """
    Return whether the last node lacks what a whole one has.

    Where the last line has no end, its last key counts as well: it is that of the node before, or comes behind
    ``AllocTRES``, or is a free text.
    """
    *before, last = (record.values for record in records)
    if before:
        wanted: Sequence[str] = [key for key in _LATE if key in before[-1]]
    else:
        wanted = () if is_ended else _LATE
    if any(key not in last for key in wanted):
        return True
    final = [*last][-1]
    if is_ended or final in _FREE:
        return False
    return final != [*before[-1]][-1] if before else final in _LATE


def _records(content: str) -> Iterator[Record]:
    start, lines = 0, list[str]()
    for number, line in enumerate(content.splitlines(), start=1):
        if line.lstrip().startswith(_START):
            if lines:
                yield Record(start, _values(lines))
            start, lines = number, [line]
        elif lines and line[:1].isspace() and line.strip():
            lines.append(line)
        elif line.strip():
            raise InventoryError(f"a line that starts with {_START} was expected, found {line[:60]!r}", line=number)
    if lines:
        yield Record(start, _values(lines))


def _values(lines: list[str]) -> Mapping[str, str]:
    """Return the values by key; of a key that is there twice the first."""
    text = " ".join(map(str.strip, lines))
    found: dict[str, str] = {}
    keys: list[re.Match[str]] = []
    for key in _KEY.finditer(text):
        if not keys or keys[-1][1] not in _FREE or key[1] in _FREE:
            keys.append(key)
    for key, following in zip(keys, [*keys[1:], None], strict=True):
        end = len(text) if following is None else following.start()
        found.setdefault(key[1], text[key.end() : end].strip())
    return found
