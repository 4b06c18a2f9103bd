"""
From bytes to one raw document: plain dicts and lists, no duplicate keys, finite numbers.

The fast reader (pydantic_core) runs first. It silently keeps the last of two equal keys, so the quotation
marks of the text are counted against the texts that came out of it: every key and every text takes two, so an equal
count proves that nothing was dropped. If the count differs (a duplicate, or an escaped quotation mark somewhere),
the exact and slower reader decides.
"""

from __future__ import annotations

import gc
import json
import sys
from codecs import BOM_UTF8
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from model_garden_registry.errors import RegistryReadError
from model_garden_registry.files.positions import Position, duplicate_keys, numbers, position_of
from model_garden_registry.files.reading import read_bytes
from model_garden_registry.findings import Code

Document = dict[str, Any]

#: Larger numbers arrive as infinity, or as integers that no float can represent.
_LARGEST = sys.float_info.max

#: Not empty once this process keeps what it has read (`keep_until_exit`); true: and what it makes of it.
_kept: list[bool] = []


def read_document(path: Path, largest: int | None = None, *, finite: bool = True) -> Document:
    """
    Read a JSON file.

    Args:
        largest: As in ``read_bytes``.

        finite: Whether to refuse ``NaN``, ``Infinity`` and numbers beyond a float, which JSON has not; Python writes
            them into config.json files.

    Raises:
        RegistryNotFoundError: There is no such file.

        RegistryReadError: It cannot be read, or its content is not one JSON object.
    """
    return parse_document(read_bytes(path, largest), path, finite=finite)


def parse_document(content: bytes, path: Path, *, finite: bool = True) -> Document:
    """
    Parse the content of a file into a document.

    Args:
        finite: As in ``read_document``.

    Raises:
        RegistryReadError: With code and position: empty, not UTF-8, not JSON, nested too deeply, not an object, a
            duplicate key, a number that is not finite.
    """
    content = content.removeprefix(BOM_UTF8)
    if not content or content.isspace():
        raise RegistryReadError(path, "is empty", code=Code.EMPTY, line=1, column=1)
    with paused_garbage_collection():
        try:
            document = from_json(content, allow_inf_nan=not finite)
        except ValueError as error:
            raise _syntax_error(content, path, str(error)) from None
        if not isinstance(document, dict):
            found = {list: "a list", str: "a text", bool: "true or false"}.get(type(document), "a single value")
            raise RegistryReadError(path, f"holds {found}, not an object", code=Code.NOT_AN_OBJECT, line=1, column=1)
        texts, is_finite = _count_texts(document)
        if content.count(b'"') != 2 * texts:
            _refuse_duplicates(content, path)
        if finite and not is_finite:
            raise _not_finite(content, path)
    return document


@contextmanager
def paused_garbage_collection() -> Iterator[None]:
    """Pause the collector, which would walk a growing document again and again and find nothing."""
    was_enabled = gc.isenabled()
    # Counting frozen objects is as slow as walking them, so it is skipped if this module froze them.
    was_frozen = was_enabled and (bool(_kept) or gc.get_freeze_count() > 0)
    gc.disable()
    try:
        yield
    finally:
        if was_enabled and not was_frozen:  # mark the new objects as old, so that no collection walks them as young
            gc.freeze()
            gc.unfreeze()
        elif was_enabled and _kept and _kept[-1]:
            gc.freeze()
        if was_enabled:
            gc.enable()


def keep_until_exit(*, ends_soon: bool = True) -> None:
    """
    Freeze what was read: a command keeps it until it ends, so the collector need not walk it again.

    Args:
        ends_soon: Whether what is made of it under a pause is kept as well; False in a process that goes on for days.
    """
    _kept.append(ends_soon)
    gc.freeze()


def _count_texts(document: Document) -> tuple[int, bool]:
    """Return the number of keys and texts in a document, and whether all its numbers are finite."""
    texts, is_finite = 0, True
    pending: list[Any] = [document]
    while pending:
        values = pending.pop()
        if type(values) is dict:
            texts += len(values)
            values = values.values()
        for value in values:
            kind = type(value)
            if kind is str:
                texts += 1
            elif kind is dict or kind is list:
                pending.append(value)
            elif (kind is float or kind is int) and not -_LARGEST <= value <= _LARGEST:
                is_finite = False
    return texts, is_finite


def _refuse_duplicates(content: bytes, path: Path) -> None:
    text = content.decode()

    def check(pairs: list[tuple[str, object]]) -> None:
        if len(dict(pairs)) != len(pairs):
            again = next(duplicate_keys(text))
            problem = f"key {again.key!r} appears twice in one object; first in line {again.first.line}"
            raise _refusal(path, problem, Code.DUPLICATE_KEY, again.again)

    json.loads(text, object_pairs_hook=check)


def _not_finite(content: bytes, path: Path) -> RegistryReadError:
    """Return the error for the first number that is too large."""
    text = content.decode()
    number, offset = next(found for found in numbers(text) if _is_too_large(found[0]))
    shown = number if len(number) < 20 else f"{number[:12]}…"
    return _refusal(path, f"number {shown} is too large", Code.NOT_FINITE, position_of(text, offset))


def _is_too_large(number: str) -> bool:
    return abs(int(number) if number.removeprefix("-").isdecimal() else float(number)) > _LARGEST


def _syntax_error(content: bytes, path: Path, message: str) -> RegistryReadError:
    """
    Return the error for what the fast reader refused, in the standard library's words.

    Both refuse at the same position, except where the standard library accepts more: it would fail later.
    """
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        before = content[: error.start].decode()
        problem = f"is not UTF-8: byte 0x{content[error.start]:02x}"
        return _refusal(path, problem, Code.NOT_UTF8, position_of(before, len(before)))
    reason, position = _fast_reason(content, message)
    if reason.startswith("recursion limit"):
        return _refusal(path, "is nested too deeply", Code.TOO_DEEP, position)
    if reason == "number out of range":
        line = text.split("\n")[position.line - 1][: position.column]
        start = Position(position.line, len(line.rstrip("-0123456789")) + 1)
        return _refusal(path, "a number is too large", Code.NOT_FINITE, start)
    if "hex escape" not in reason:  # half a surrogate pair
        try:
            json.loads(text, parse_constant=_refuse_constant)
        except json.JSONDecodeError as error:
            reason, position = _own_words(error.msg), position_of(text, error.pos)
        except _ConstantError as error:
            sign = str(error).startswith("-")
            start = Position(position.line, position.column - sign)
            return _refusal(path, f"{error} is not a JSON number", Code.NOT_FINITE, start)
    return _refusal(path, f"is not JSON: {reason}", Code.NOT_JSON, position)


def _own_words(message: str) -> str:
    """Return a message of the standard library without a trailing reference to a position: "… starting at"."""
    return message[:1].lower() + message[1:].removesuffix(" at").removesuffix(" starting")


class _ConstantError(Exception):
    """The text contains NaN or Infinity."""


def _refuse_constant(constant: str) -> None:
    raise _ConstantError(constant)


def _fast_reason(content: bytes, message: str) -> tuple[str, Position]:
    """Return reason and position of the fast reader's message, which counts columns in bytes."""
    reason, _, place = message.rpartition(" at line ")
    line, _, column = place.partition(" column ")
    before = content.split(b"\n")[int(line) - 1][: int(column)].decode(errors="ignore")
    return reason, Position(int(line), max(len(before), 1))


def _refusal(path: Path, problem: str, code: Code, position: Position) -> RegistryReadError:
    return RegistryReadError(path, problem, code=code, line=position.line, column=position.column)
