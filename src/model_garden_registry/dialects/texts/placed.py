"""Text whose characters know their position in the user's file, however often it was unquoted on the way."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_LINE_END = re.compile(r"\r\n?")


@dataclass(frozen=True, slots=True)
class Placed:
    """
    Characters with their positions.

    Args:
        text: The characters.

        offsets: Offset of each character in the user's file, and of the end of the text: one more than characters.

        is_known: False if a part of the text is a substitution or a variable, as written, that only a shell
            knows.
    """

    text: str
    offsets: Sequence[int]
    is_known: bool = True

    @classmethod
    def whole(cls, text: str) -> Placed:
        """Return a whole file, every line end as a line feed."""
        if "\r" not in text:
            return cls(text, range(len(text) + 1))
        offsets: list[int] = []
        start = 0
        for match in _LINE_END.finditer(text):
            offsets += range(start, match.start() + 1)
            start = match.end()
        return cls(_LINE_END.sub("\n", text), [*offsets, *range(start, len(text) + 1)])

    @property
    def start(self) -> int:
        """Offset of the first character, also of an empty text."""
        return self.offsets[0]

    def part(self, start: int, end: int) -> Placed:
        """Return the characters from ``start`` to before ``end``."""
        return Placed(self.text[start:end], self.offsets[start : end + 1], self.is_known)


def joined(parts: Iterable[Placed]) -> Placed:
    """Return several texts, at least one, joined into one, with all positions."""
    several = tuple(parts)
    offsets = [offset for part in several for offset in part.offsets[:-1]]
    text = "".join(part.text for part in several)
    is_known = all(part.is_known for part in several)
    start = next((part for part in several if part.text), several[0])
    return Placed(text, [*offsets, several[-1].offsets[-1]] if text else [start.start], is_known)


class Lines:
    """
    Lines of a text, for finding many positions.

    Args:
        text: The text of the file.
    """

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in re.finditer(r"\r\n|\n|\r", text))]

    def position(self, offset: int) -> tuple[int, int]:
        """Return line and column of a character, both from 1."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1
