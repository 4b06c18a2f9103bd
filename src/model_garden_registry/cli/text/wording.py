"""Pieces of text: aligned columns, colours, counts. Text from files is escaped first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Literal

from model_garden_registry.units import GB
from model_garden_registry.visible_text import visible

if TYPE_CHECKING:
    from model_garden_registry.catalogue.number_sources import Tally
    from model_garden_registry.checks.evidence import Evidence
    from model_garden_registry.cli.output import Screen

Style = Literal["bold", "dim", "red", "green", "yellow", "cyan"]

_CODES: dict[Style, str] = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}

STATUS_STYLES: dict[str, Style] = {"experimental": "yellow", "deprecated": "red"}


def painted(text: str, style: Style | None, *, has_colour: bool) -> str:
    """Return a text in a terminal's colour escapes, if colour is on."""
    return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if has_colour and style and text else text


def visible_column(cells: Sequence[str]) -> Sequence[str]:
    """Return a column's cells with invisible characters escaped; fast if there are none."""
    joined = "".join(cells)
    return cells if visible(joined) == joined else [visible(cell) for cell in cells]


def aligned(columns: Sequence[Sequence[str]], *, right: Sequence[bool] = ()) -> list[str]:
    """
    Return the lines of columns side by side, two spaces between them.

    Args:
        columns: Cells from top to bottom, all columns equally long; already escaped.

        right: For each column, whether it is aligned to the right.
    """
    sides = [*right, *[False] * (len(columns) - len(right))]
    padded = [_padded(column, to_right=to_right) for column, to_right in zip(columns, sides, strict=True)]
    return [line.rstrip() for line in map("  ".join, zip(*padded, strict=True))]


def _padded(column: Sequence[str], *, to_right: bool) -> list[str]:
    width = max(map(len, column), default=0)
    pad: Callable[[str, int], str] = str.rjust if to_right else str.ljust
    return [pad(cell, width) for cell in column]


def folded(text: str, screen: Screen, *, indent: str = "") -> list[str]:
    """Return a sentence folded to the width of a terminal, between words; in a pipe, one line."""
    if not screen.is_terminal:
        return [f"{indent}{text}"]
    width = max(screen.width - len(indent), 1)
    return [f"{indent}{line}" for line in wrap(text, width, break_long_words=False, break_on_hyphens=False)]


def share(number: int, total: int) -> str:
    """Return a share of a total: ``61 %``; a dash if the total is 0."""
    return f"{number / total:4.0%}".replace("%", " %") if total else "-"


def numbers_by_source(tally: Tally, *, older_than: str | None = None) -> list[tuple[str, str, str]]:
    """
    Return a line for each kind of source, with how many numbers come from it and their share.

    Args:
        older_than: The month before which numbers are old, if given.
    """
    width = len(str(tally.total))
    lines: list[tuple[str, int]] = [*tally.kinds.items(), ("  of which without a source", tally.unsourced)]
    lines += [(f"older than {older_than}", tally.old)] if older_than else []
    return [(label, str(number).rjust(width), share(number, tally.total)) for label, number in lines]


def measured_row(one: Evidence) -> tuple[str, str, str]:
    """Return a measurement in GB, the estimate for it with the difference, and how it was measured."""
    measured = f"{one.measured_bytes / GB:.2f} GB"
    if one.expected_bytes is None or one.difference is None:
        estimate = f"not compared: {one.why_not}"
    else:
        estimate = f"estimate {one.expected_bytes / GB:.2f} GB, {one.difference:+.1%}".replace("%", " %")
        estimate += f", as with {one.estimated_as}" if one.estimated_as else ""
    result = one.result
    tool = " ".join(filter(None, (result.stack or result.engine, result.version)))
    settings = " ".join(f"{name}={given_back(value)}" for name, value in result.settings.items())
    words = (
        result.quantity,
        result.gpu and result.gpu.strip(),
        tool,
        settings,
        result.conditions,
        result.as_of,
        result.source,
    )
    return measured, estimate, ", ".join(filter(None, words))


def count(number: int, noun: str) -> str:
    """Return a count with its noun: ``1 model``, ``2 models``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def given_back(value: object) -> str:
    """Return a value in the form that ``--set`` reads."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case []:
            return "[]"
        case list():
            return ",".join(map(str, value))
        case _:
            return str(value)
