"""A table for people: as wide as the terminal, or in a pipe as wide as its longest cells; and in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from model_garden_registry.cli.output import Screen, rendered
from model_garden_registry.cli.text.wording import STATUS_STYLES, aligned, folded, painted

#: From this many rows on, a table on a terminal is plain as well: rich is slow.
_MANY_ROWS = 200
#: Between two columns.
GAP = 2
#: A longer id has its own line, on a terminal of 80 columns; a wider terminal fits longer ids.
_LONGEST_BESIDE, _AT_WIDTH = 34, 80
#: Indentation of a note below a row.
_BELOW = "    "
#: Characters that Markdown interprets.
_MARKDOWN_SIGNS = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_[]<>|~&"})


class Column(NamedTuple):
    """
    One column.

    Args:
        header: Heading.

        cells: From top to bottom, already escaped.

        to_right: Whether the cells are aligned to the right.

        folds: Whether a cell that is too wide for the terminal is folded.

        is_id: Whether the cells are ids, which are never broken: on a terminal a long one is above its row.

        dispensable: Order in which columns are left out on a narrow terminal, lowest first; 0: never.
    """

    header: str
    cells: Sequence[str]
    to_right: bool = False
    folds: bool = False
    is_id: bool = False
    dispensable: int = 0


def table_text(columns: Sequence[Column], screen: Screen) -> str:
    """Return a table; on a terminal, columns are left out, then folded or split into several tables, until it fits."""
    if not screen.is_terminal:
        return _plain(columns, screen)
    kept = _that_fit(columns, screen)
    is_plain = len(kept[0].cells) >= _MANY_ROWS or (kept[0].is_id and table_width(kept) > screen.width)
    return rows_text(kept, screen) if is_plain else _laid_out(kept, screen)


def rows_text(
    columns: Sequence[Column], screen: Screen, *, below: Sequence[str] = (), above: Mapping[int, str] | None = None
) -> str:
    """
    Return a table without rules.

    Args:
        columns: Ids of the first one that are too long are above their rows on a terminal.

        below: A note on each row, already escaped: behind it, or below it if the terminal is too narrow.

        above: Headings by the number of the row below them, already escaped.
    """
    first, *others = columns
    beside = min(_LONGEST_BESIDE + screen.width - _AT_WIDTH, screen.width - GAP - table_width(others))
    is_wide = screen.is_terminal and first.is_id and table_width(columns) > screen.width
    is_apart = [is_wide and len(cell) > beside for cell in first.cells]
    kept = ["" if apart else cell for cell, apart in zip(first.cells, is_apart, strict=True)]
    behind = [Column("", below)] if any(below) and not screen.is_terminal else []
    header, *lines = _plain([first._replace(cells=kept), *others, *behind], screen).split("\n")
    said = below if below and screen.is_terminal else [""] * len(lines)
    parts = [header]
    for number, line in enumerate(lines):
        if above and number in above:
            parts += ["", painted(above[number], "cyan", has_colour=screen.has_colour)]
        parts += [first.cells[number]] if is_apart[number] else []
        parts += _with_remark(line, said[number], screen)
    return "\n".join(parts)


def _with_remark(line: str, remark: str, screen: Screen) -> list[str]:
    """Return a row with its note, in the same line if it fits."""
    if not remark:
        return [line]
    if len(line) + GAP + len(remark) <= screen.width:
        return [f"{line}{' ' * GAP}{remark}"]
    return [line, *folded(remark, screen, indent=_BELOW)]


def in_blocks(heads: Sequence[Column], others: Sequence[Column], screen: Screen) -> Iterator[list[Column]]:
    """Yield columns in several tables with the same first columns, if a terminal is too narrow for one table."""
    if not screen.is_terminal:
        yield [*heads, *others]
        return
    block: list[Column] = []
    longest = max(_LONGEST_BESIDE + screen.width - _AT_WIDTH, 0)
    room = screen.width - sum(min(column_width(head), longest if head.is_id else screen.width) + GAP for head in heads)
    for column in others:
        if block and table_width([*block, column]) > room:
            yield [*heads, *block]
            block = []
        block.append(column)
    yield [*heads, *block]


def table_markdown(columns: Sequence[Column]) -> str:
    """Return a Markdown table, with Markdown characters escaped."""
    shown = [[cell.translate(_MARKDOWN_SIGNS) for cell in column.cells] for column in columns]
    headers = [column.header.translate(_MARKDOWN_SIGNS) for column in columns]
    rules = ["---:" if column.to_right else "---" for column in columns]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (headers, rules, *zip(*shown, strict=True)))


def _plain(columns: Sequence[Column], screen: Screen) -> str:
    headed = [[column.header, *column.cells] for column in columns]
    right = [column.to_right for column in columns]
    if not screen.has_colour:
        return "\n".join(aligned(headed, right=right))
    *left, last = headed  # colours only where no padding follows
    starts = aligned([*left, [""] * len(last)], right=right)
    lines = [
        f"{start}  {painted(cell, STATUS_STYLES.get(cell), has_colour=True)}"
        for start, cell in zip(starts, last, strict=True)
    ]
    return "\n".join([painted(lines[0], "bold", has_colour=True), *lines[1:]])


def _that_fit(columns: Sequence[Column], screen: Screen) -> list[Column]:
    """Return columns that fit, without dispensable ones as needed."""
    kept = {index: column_width(column) for index, column in enumerate(columns)}
    for index in sorted((index for index in kept if columns[index].dispensable), key=lambda i: columns[i].dispensable):
        if sum(width + GAP for width in kept.values()) - GAP > screen.width:
            del kept[index]
    return [columns[index] for index in kept]


def table_width(columns: Sequence[Column]) -> int:
    """Return the width of columns beside each other on a terminal."""
    return sum(column_width(column) + GAP for column in columns) - GAP


def column_width(column: Column) -> int:
    """Return the width of a column on a terminal."""
    from rich.cells import cell_len

    return max(map(cell_len, [column.header, *column.cells]))


def _laid_out(columns: Sequence[Column], screen: Screen) -> str:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    box = SIMPLE_HEAD if screen.has_box_characters else None
    grid = Table(box=box, show_edge=False, pad_edge=False, padding=(0, 1 if box else 2, 0, 0), header_style="bold")
    for column in columns:
        grid.add_column(
            Text(column.header),
            justify="right" if column.to_right else "left",
            overflow="fold",
            no_wrap=not column.folds,
        )
    for cells in zip(*(column.cells for column in columns), strict=True):
        grid.add_row(*[Text(cell, style=STATUS_STYLES.get(cell) or "") for cell in cells])
    return rendered(grid, screen)
