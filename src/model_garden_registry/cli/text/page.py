"""A page about one subject: headings, and below each, labels with their values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from model_garden_registry.cli.output import Screen, rendered
from model_garden_registry.cli.text.wording import STATUS_STYLES, aligned, painted
from model_garden_registry.visible_text import visible

#: Columns of indentation, and between two cells.
INDENT = GAP = 2
#: A sentence that has fewer columns goes to the next line.
_NARROWEST = 30
#: A label and a value before the last cell.
_WITH_REMARK = 2


@dataclass(frozen=True, slots=True)
class Section:
    """
    Lines about one subject.

    Args:
        heading: What the lines are about; may be empty.

        lines: Label, value, and a remark on the value; all lines have the same number of cells.
    """

    heading: str
    lines: Sequence[Sequence[str]]


def page(title: str, sections: Sequence[Section], screen: Screen) -> str:
    """Return sections as text; the same content everywhere, folded to the width of a terminal if there is one."""
    shown = [
        Section(section.heading, [[visible(cell) for cell in line] for line in section.lines])
        for section in sections
        if section.lines
    ]
    lay_out = _fitted if screen.is_terminal else _plain
    parts = [painted(visible(title), "bold", has_colour=screen.has_colour)]
    for section in shown:
        parts += ["", *([painted(section.heading, "cyan", has_colour=screen.has_colour)] if section.heading else [])]
        parts.append(lay_out(section, screen))
    return "\n".join(part.rstrip("\n") for part in parts)


def words(value: object) -> str:
    """Return a value of an entry as text: ``yes``, ``none``, a list with commas."""
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case list() | tuple():
            return ", ".join(map(words, value)) or "none"
        case _:
            return str(value)


def _plain(section: Section, screen: Screen) -> str:
    *starts, ends = zip(*section.lines, strict=True)
    last = [painted(cell, STATUS_STYLES.get(cell), has_colour=screen.has_colour) for cell in ends]
    return "\n".join(f"  {line}" for line in aligned([*starts, last]))


def _fitted(section: Section, screen: Screen) -> str:
    """Return a section in which only the last cell is folded, below the others if it does not fit beside them."""
    from rich.cells import cell_len

    lines = section.lines
    *widths, last = (max(map(cell_len, column)) for column in zip(*lines, strict=True))
    beside = INDENT + sum(width + GAP for width in widths)
    if not widths or screen.width - beside >= min(last, _NARROWEST):
        ends = [_wrapped(line[-1], screen.width - beside) for line in lines]
        folded = [[*line[:-1], end] for line, end in zip(lines, ends, strict=True)]
        return _grid(folded, screen, first_to_fold=len(widths))
    if beside - GAP <= screen.width:
        return _stacked(lines, screen)
    values = screen.width - INDENT - widths[0] - GAP
    if len(widths) == _WITH_REMARK and values >= min(widths[1], _NARROWEST):
        return _stacked([[label, _wrapped(value, values), remark] for label, value, remark in lines], screen)
    return _grid(lines, screen, first_to_fold=0)


def _wrapped(text: str, width: int) -> str:
    """Return a text broken after spaces and commas only, so that names stay whole, even if longer than a line."""
    parts: list[str] = [""]
    for piece in re.split(r"(?<=[ ,])", text):
        if parts[-1] and len(parts[-1]) + len(piece.rstrip()) > width:
            parts.append("")
        parts[-1] += piece
    return "\n".join(parts)


def _stacked(lines: Sequence[Sequence[str]], screen: Screen) -> str:
    from rich.padding import Padding
    from rich.text import Text

    whole = _grid([line[:-1] for line in lines], screen, first_to_fold=len(lines[0])).splitlines(keepends=True)
    heights = [max(cell.count("\n") for cell in line[:-1]) + 1 for line in lines]
    ends_at = list(accumulate(heights))
    starts = ["".join(whole[end - height : end]) for height, end in zip(heights, ends_at, strict=True)]
    ends = [Padding(Text(line[-1], style=STATUS_STYLES.get(line[-1]) or ""), (0, 0, 0, 2 * INDENT)) for line in lines]
    below = [rendered(end, screen) if line[-1] else "" for end, line in zip(ends, lines, strict=True)]
    return "".join(start + end for start, end in zip(starts, below, strict=True))


def _grid(lines: Sequence[Sequence[str]], screen: Screen, *, first_to_fold: int) -> str:
    """Return lines with columns as wide as their cells; from ``first_to_fold`` on, cells are folded."""
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, GAP, 0, 0))
    for number, _ in enumerate(lines[0]):
        grid.add_column(overflow="fold", no_wrap=number < first_to_fold, style="dim" if number == 0 else "")
    for line in lines:
        grid.add_row(*[Text(cell, style=STATUS_STYLES.get(cell) or "") for cell in line])
    return rendered(Padding(grid, (0, 0, 0, INDENT)), screen)
