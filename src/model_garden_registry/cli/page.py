"""One thing for people: headings, and below each, labels with their values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from model_garden_registry.cli.output import Screen, rendered
from model_garden_registry.cli.text import STATUS_STYLES, aligned, painted
from model_garden_registry.visible_text import visible


@dataclass(frozen=True, slots=True)
class Section:
    """
    Lines about one subject.

    Args:
        heading: What the lines are about; may be empty.

        lines: Label, value, and what else is said of the value; every line has equally many cells.
    """

    heading: str
    lines: Sequence[Sequence[str]]


def page(title: str, sections: Sequence[Section], screen: Screen) -> str:
    """Lay out sections; the same content everywhere, folded to the width of a terminal where there is one."""
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
    """Write a value of an entry for people: ``yes``, ``none``, a list with commas."""
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
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2, 0, 0))
    for number, _ in enumerate(section.lines[0]):
        grid.add_column(overflow="fold", style="dim" if number == 0 else "")
    for line in section.lines:
        grid.add_row(*[Text(cell, style=STATUS_STYLES.get(cell) or "") for cell in line])
    return rendered(Padding(grid, (0, 0, 0, 2)), screen)
