"""Line and column of values in JSON text. Slow, and used only to explain values already known to be there."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from json.decoder import scanstring  # type: ignore[attr-defined]  # public for subclasses of JSONDecoder, untyped

_SPACE = re.compile(r"[ \t\n\r]*")
_TEXT = r'"[^"\\]*(?:\\.[^"\\]*)*"'
_NUMBER = re.compile(rf"{_TEXT}|(-?[0-9][0-9.eE+-]*)", re.DOTALL)
_TOKEN = re.compile(rf"{_TEXT}|[{{}}\[\]:,]", re.DOTALL)


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """
    A position in a text.

    Args:
        line: 1-based.

        column: 1-based, in characters.
    """

    line: int
    column: int


def position_of(text: str, offset: int) -> Position:
    """Return the position of a character."""
    return Position(text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))


def pointer_text(segments: Sequence[str | int]) -> str:
    """Return a JSON pointer (RFC 6901)."""
    return "".join(f"/{str(segment).replace('~', '~0').replace('/', '~1')}" for segment in segments)


@lru_cache(maxsize=1024)
def pointer_segments(pointer: str) -> tuple[str, ...]:
    """Return the segments of a JSON pointer (RFC 6901); cached, as the entries of a file have the same pointers."""
    return tuple(segment.replace("~1", "/").replace("~0", "~") for segment in pointer.split("/")[1:])


def locate(text: str, segments: Sequence[str | int]) -> Position:
    """
    Return the position of the value of a JSON pointer; for a member of an object, of its key.

    For a pointer without a value, the position is that of the nearest object around it.
    """
    return Places(text).locate(segments)


class Places:
    """
    Positions of the values of one JSON text, for many pointers: each part is walked through only once.

    Args:
        text: Valid JSON.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._members: dict[int, dict[str, tuple[int, int]]] = {}

    def locate(self, segments: Sequence[str | int]) -> Position:
        """Return the same as the function ``locate``."""
        offset, _ = self._offsets(segments)
        line = bisect_right(self._line_starts, offset)
        return Position(line, offset - self._line_starts[line - 1] + 1)

    def span(self, segments: Sequence[str | int]) -> tuple[int, int]:
        """Return start and end offset of the value of a JSON pointer, which must exist."""
        _, start = self._offsets(segments)
        _, end = json.JSONDecoder().raw_decode(self._text, start)
        return start, end

    def members(self, segments: Sequence[str | int]) -> dict[str, tuple[int, int]]:
        """Return the offsets of key and value of each member of an object, which must exist, in order."""
        _, start = self._offsets(segments)
        return dict(_members(self._text, start))

    def _offsets(self, segments: Sequence[str | int]) -> tuple[int, int]:
        """Return the offsets of the key, or item, and of the value, as far as the pointer leads."""
        start = _skip(self._text, 0)
        offset = start
        for segment in segments:
            if start not in self._members:
                self._members[start] = dict(_members(self._text, start))
            found = self._members[start].get(str(segment))
            if found is None:
                break
            offset, start = found
        return offset, start

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self._text))]


def _skip(text: str, offset: int) -> int:
    match = _SPACE.match(text, offset)
    return match.end() if match else offset


def _members(text: str, start: int) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield the members of the object or array at ``start``: name, offset of the key (or item), and of the value."""
    if text[start : start + 1] not in ("{", "["):
        return
    is_object = text[start] == "{"
    decoder = json.JSONDecoder()
    offset, index = _skip(text, start + 1), 0
    while text[offset] not in "}]":
        key_offset, name = offset, str(index)
        if is_object:
            name, offset = scanstring(text, offset + 1)
            offset = _skip(text, _skip(text, offset) + 1)
        yield name, (key_offset, offset)
        _, offset = decoder.raw_decode(text, offset)
        offset = _skip(text, offset)
        offset, index = (_skip(text, offset + 1) if text[offset] == "," else offset), index + 1


@dataclass(frozen=True, slots=True)
class DuplicateKey:
    """
    A key that appears twice in one object.

    Args:
        key: The key.

        first: Its first position.

        again: Its second position.
    """

    key: str
    first: Position
    again: Position


def duplicate_keys(text: str) -> Iterator[DuplicateKey]:
    """Yield every repeated key of valid JSON text."""
    stack: list[dict[str, int]] = []
    last = (0, "")
    for match in _TOKEN.finditer(text):
        token = match.group()
        if token in "{[":
            stack.append({})
        elif token in "}]":
            stack.pop()
        elif token == ":":
            keys, offset, key = stack[-1], last[0], json.loads(last[1])
            if key in keys:
                yield DuplicateKey(key, position_of(text, keys[key]), position_of(text, offset))
            keys[key] = offset
        elif token != ",":
            last = (match.start(), token)


def numbers(text: str) -> Iterator[tuple[str, int]]:
    """Yield every number of valid JSON text: as it is written, and its offset."""
    return ((match[1], match.start()) for match in _NUMBER.finditer(text) if match[1])
