"""Line and column of things in JSON text. Slow and only used to explain what is already known to be there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from json.decoder import scanstring  # type: ignore[attr-defined]  # public for subclasses of JSONDecoder, untyped

_SPACE = re.compile(r"[ \t\n\r]*")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]', re.DOTALL)


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """
    A place in a text.

    Args:
        line: 1-based.

        column: 1-based, in characters.
    """

    line: int
    column: int


def position_of(text: str, offset: int) -> Position:
    """Give the position of a character."""
    return Position(text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))


def pointer_text(segments: Sequence[str | int]) -> str:
    """Write a JSON pointer (RFC 6901)."""
    return "".join(f"/{str(segment).replace('~', '~0').replace('/', '~1')}" for segment in segments)


def pointer_segments(pointer: str) -> list[str]:
    """Read a JSON pointer (RFC 6901)."""
    return [segment.replace("~1", "/").replace("~0", "~") for segment in pointer.split("/")[1:]]


def locate(text: str, segments: Sequence[str | int]) -> Position:
    """
    Find where the value of a JSON pointer stands; for a member of an object, its key.

    What is not there is looked for as far as it goes: the position is that of the nearest object around it.
    """
    start = _skip(text, 0)
    offset = start
    for segment in segments:
        found = _member(text, start, str(segment))
        if found is None:
            break
        offset, start = found
    return position_of(text, offset)


def _skip(text: str, offset: int) -> int:
    match = _SPACE.match(text, offset)
    return match.end() if match else offset


def _member(text: str, start: int, name: str) -> tuple[int, int] | None:
    """Find a member of the object or array at ``start``: offset of its key (or item), and of its value."""
    if text[start : start + 1] not in ("{", "["):
        return None
    is_object = text[start] == "{"
    decoder = json.JSONDecoder()
    offset, index = _skip(text, start + 1), 0
    while text[offset] not in "}]":
        key_offset = offset
        key = str(index)
        if is_object:
            key, offset = scanstring(text, offset + 1)
            offset = _skip(text, _skip(text, offset) + 1)
        if key == name:
            return key_offset, offset
        _, offset = decoder.raw_decode(text, offset)
        offset = _skip(text, offset)
        offset, index = (_skip(text, offset + 1) if text[offset] == "," else offset), index + 1
    return None


@dataclass(frozen=True, slots=True)
class DuplicateKey:
    """
    A key that stands twice in one object.

    Args:
        key: The key.

        first: Where it stands first.

        again: Where it stands again.
    """

    key: str
    first: Position
    again: Position


def duplicate_keys(text: str) -> Iterator[DuplicateKey]:
    """Find every repeated key of valid JSON text."""
    stack: list[dict[str, int] | None] = []
    last = (0, "")
    for match in _TOKEN.finditer(text):
        token = match.group()
        if token == "{":
            stack.append({})
        elif token == "[":
            stack.append(None)
        elif token in "}]":
            stack.pop()
        elif token == ":":
            keys = stack[-1]
            offset, key = last[0], json.loads(last[1])
            if keys is None:  # not in valid JSON
                continue
            if key in keys:
                yield DuplicateKey(key, position_of(text, keys[key]), position_of(text, offset))
            keys[key] = offset
        elif token != ",":
            last = (match.start(), token)
