"""CSV in which spreadsheets find no formula."""

from __future__ import annotations

from collections.abc import Iterable
from csv import writer
from io import StringIO

from model_garden_registry.visible_text import visible

#: Spreadsheets read a cell that starts with one of these as a formula.
_FORMULA_STARTS = ("=", "+", "-", "@")


def csv_text(header: Iterable[str], lines: Iterable[Iterable[object]]) -> str:
    """
    Return a header and lines as CSV, lists separated by semicolons.

    Invisible characters are escaped. A text that a spreadsheet would read as a formula starts with an apostrophe, also
    as an item of a list, which may be split later.
    """
    text = StringIO()
    written = writer(text, lineterminator="\n")
    written.writerow(header)
    written.writerows([_cell(value) for value in line] for line in lines)
    return text.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ";".join(map(_text, value))
    return _text(value) if isinstance(value, str) else value


def _text(value: str) -> str:
    text = visible(value)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
