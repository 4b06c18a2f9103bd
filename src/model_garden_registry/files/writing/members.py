"""Replacing values of a JSON text, or adding a member to an object; everything else stays, byte for byte."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from model_garden_registry.files.positions import Places

#: The default indentation.
_STEP = "  "
_SPACE = " \t\r\n"


def replace_numbers(content: bytes, numbers: Mapping[tuple[str, ...], int]) -> bytes:
    """
    Return the content with other numbers in place of some values.

    Args:
        content: A JSON document in UTF-8, with or without a byte order mark.

        numbers: New values by the segments of a JSON pointer; each pointer leads to a value.
    """
    mark, text = _decoded(content)
    places = Places(text)
    return mark + _edited(text, [_Edit(*places.span(where), str(number)) for where, number in numbers.items()]).encode()


def replace_value(content: bytes, where: Sequence[str], value: str | None) -> bytes:
    """
    Return the content with a text, or null, in place of the value of a JSON pointer, which must exist.

    Args:
        content: A JSON document in UTF-8, with or without a byte order mark.
    """
    mark, text = _decoded(content)
    written = json.dumps(value, ensure_ascii=False)
    return mark + _edited(text, [_Edit(*Places(text).span(where), written)]).encode()


def remove_member(content: bytes, where: Sequence[str], key: str) -> bytes:
    """
    Return the content without a member of an object, which has it; the comma and the white space before it go too.

    Args:
        content: A JSON document in UTF-8, with or without a byte order mark.

        where: Segments of the JSON pointer of the object.
    """
    mark, text = _decoded(content)
    places = Places(text)
    members = places.members(where)
    names = [*members]
    number = names.index(key)
    if len(names) == 1:
        start, stop = places.span(where)
        start, stop = start + 1, stop - 1
    elif number == 0:
        start, stop = members[key][0], members[names[1]][0]
    else:
        start, stop = places.span((*where, names[number - 1]))[1], places.span((*where, key))[1]
    return mark + _edited(text, [_Edit(start, stop, "")]).encode()


def insert_member(content: bytes, where: Sequence[str], key: str, value: object) -> bytes:
    """
    Return the content with a member added at the end of an object, in the object's layout and line ends.

    Args:
        content: A JSON document in UTF-8, with or without a byte order mark.

        where: Segments of the JSON pointer of the object, which has no such member.

    Raises:
        ValueError: The value is not a JSON value, or contains half a surrogate pair.
    """
    return insert_members(content, {tuple(where): {key: value}})


def insert_members(content: bytes, added: Mapping[tuple[str, ...], Mapping[str, object]]) -> bytes:
    """
    Return the content with members added at the end of several objects, each in its object's layout and line ends.

    Args:
        content: A JSON document in UTF-8, with or without a byte order mark.

        added: New members, at least one, by the segments of the JSON pointer of an object that has none of them.

    Raises:
        ValueError: A value is not a JSON value, or contains half a surrogate pair.
    """
    mark, text = _decoded(content)
    places = Places(text)
    edits = [_insertion(text, places, where, members) for where, members in added.items()]
    return mark + _edited(text, edits).encode()


class _Edit(NamedTuple):
    """Other text in place of a part of a text."""

    start: int
    stop: int
    written: str


def _edited(text: str, edits: Iterable[_Edit]) -> str:
    """Return a text with other text in some places, which do not overlap."""
    pieces, end = [], 0
    for start, stop, written in sorted(edits):
        pieces += [text[end:start], written]
        end = stop
    return "".join([*pieces, text[end:]])


def _insertion(text: str, places: Places, where: Sequence[str], added: Mapping[str, object]) -> _Edit:
    """Return the edit that adds members to an object."""
    start, stop = places.span(where)
    members = places.members(where)
    if members:
        *_, (last, begins) = members.items()
        _, end = places.span((*where, last))
        layout = _layout_of(text, begins, (end, stop), is_alone=len(members) == 1)
        start, stop, lead, tail = end, end, f",{layout.gap}", ""
    else:
        layout = _layout_around(text, start, depth=len(where) or 1)
        lead, tail = (layout.gap, layout.outer) if layout.is_on_lines else ("", "")
        start, stop = start + 1, stop - 1
    written = (f"{json.dumps(key, ensure_ascii=False)}{layout.colon}{layout.written(it)}" for key, it in added.items())
    return _Edit(start, stop, f"{lead}{f',{layout.gap}'.join(written)}{tail}")


def _decoded(content: bytes) -> tuple[bytes, str]:
    """Return the byte order mark, if there is one, and the text."""
    mark = BOM_UTF8 if content.startswith(BOM_UTF8) else b""
    return mark, content.removeprefix(mark).decode()


class _Layout(NamedTuple):
    """
    The layout of an object's members.

    Args:
        gap: Text between the comma and the next member.

        outer: Text before the end of the object, if that is on its own line.

        step: One level of indentation.

        colon: Text between key and value.
    """

    gap: str
    outer: str
    step: str
    colon: str

    @property
    def is_on_lines(self) -> bool:
        return "\n" in self.gap

    def written(self, value: object) -> str:
        """Return a value as text in this layout."""
        if not self.is_on_lines:
            return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(f",{self.gap}", self.colon))
        separators = (",", self.colon)
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=separators, indent=self.step)
        return text.replace("\n", self.gap)  # JSON strings contain no raw line ends


def _layout_of(text: str, begins: tuple[int, int], ends: tuple[int, int], *, is_alone: bool) -> _Layout:
    """
    Return the layout of an object, taken from its last member.

    Args:
        begins: Start of the member's key and value.

        ends: End of the member and of the object.

        is_alone: Whether it is the only member, so that no comma shows the gap.
    """
    key, value = begins
    between = text[key:value]
    colon = between[between.rindex('"') + 1 :]
    gap = _one_line_end(text[len(text[:key].rstrip(_SPACE)) : key])
    outer = _one_line_end(text[ends[0] : ends[1] - 1])
    if is_alone and "\n" not in gap:
        gap = " " if colon.endswith(" ") else ""
    step = gap.rpartition("\n")[2].removeprefix(outer.rpartition("\n")[2])
    return _Layout(gap, outer, step or _STEP, colon)


def _layout_around(text: str, start: int, *, depth: int) -> _Layout:
    """Return the layout of an empty object, taken from the line that it begins in."""
    line = text.rfind("\n", 0, start) + 1
    indentation = text[line : len(text) - len(text[line:].lstrip(" \t"))]
    colon = ": " if '": ' in text or '":' not in text else ":"
    if not line:
        return _Layout(" " if colon == ": " else "", "", _STEP, colon)
    newline = "\r\n" if text[line - 2 : line] == "\r\n" else "\n"
    step = indentation[: max(len(indentation) // depth, 1)] or _STEP
    return _Layout(f"{newline}{indentation}{step}", f"{newline}{indentation}", step, colon)


def _one_line_end(gap: str) -> str:
    """Return white space from its last line end on."""
    before, newline, indentation = gap.rpartition("\n")
    return ("\r" if before.endswith("\r") else "") + newline + indentation
