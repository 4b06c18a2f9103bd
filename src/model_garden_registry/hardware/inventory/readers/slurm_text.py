"""What ``scontrol show nodes`` prints as text, one node a line (``-o``) or over several lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from model_garden_registry.hardware.inventory.errors import InventoryError

#: A key at the start of a line or behind blanks. Values contain blanks (``OS=Linux 6.1``), so that a value ends at the
#: next key.
_KEY = re.compile(r"(?:^|(?<=\s))([A-Za-z][A-Za-z_]*)=")
_START = "NodeName="
#: Free texts, which come last: one ends only where another begins, whatever else in it looks like a key.
_FREE = ("Reason", "Comment", "Extra", "InstanceId", "InstanceType")


class Record(NamedTuple):
    """
    A node.

    Args:
        line: 1-based line where it begins.

        values: Its values by key.
    """

    line: int
    values: Mapping[str, str]


def parse_records(content: str) -> Iterator[Record]:
    """
    Yield the nodes of a text.

    Raises:
        InventoryError: A line does not belong to a node.
    """
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
