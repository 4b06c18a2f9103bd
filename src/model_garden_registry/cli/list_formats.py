"""Rows as table, CSV, Markdown or ids."""

from __future__ import annotations

from collections.abc import Sequence

from model_garden_registry.cli.csv_text import csv_text
from model_garden_registry.cli.output import Screen, rendered
from model_garden_registry.cli.text import STATUS_STYLES, aligned, painted, visible_column
from model_garden_registry.entries.rows import Row
from model_garden_registry.units import short_number

#: From here on, a table on a terminal is plain as well: rich takes long for each row.
_MANY_ROWS = 200

_HEADERS = ("ID", "NAME", "CATEGORY", "SIZE", "VRAM GB", "STATUS")
_RIGHT = (False, False, False, True, True, False)
#: Columns that a narrow terminal does without, first to go first.
_DISPENSABLE = (1, 2)

#: What Markdown would act on.
_MARKDOWN_SIGNS = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_[]<>|~&"})


def table(rows: Sequence[Row], screen: Screen) -> str:
    """Give a table, deprecated rows last: as wide as the terminal, or in a pipe as wide as its longest cells."""
    columns = _columns([*(row for row in rows if not _is_deprecated(row)), *filter(_is_deprecated, rows)])
    if screen.is_terminal and len(rows) < _MANY_ROWS:
        return _fitted(columns, screen)
    headed = [[header, *cells] for header, cells in zip(_HEADERS, columns, strict=True)]
    if not screen.has_colour:
        return "\n".join(aligned(headed, right=_RIGHT))
    *left, statuses = headed
    starts = aligned([*left, [""] * len(statuses)], right=_RIGHT)
    header, *lines = (
        f"{start}  {painted(status, STATUS_STYLES.get(status), has_colour=True)}"
        for start, status in zip(starts, statuses, strict=True)
    )
    return "\n".join([painted(header, "bold", has_colour=True), *lines])


def ids(rows: Sequence[Row]) -> str:
    """Give one id a line."""
    return "\n".join(visible_column([row.id for row in rows]))


def csv(rows: Sequence[Row]) -> str:
    """Give the eleven documented columns as CSV, tags separated by semicolons."""
    return csv_text(Row._make([""] * len(Row._fields)).columns(), (row.columns().values() for row in rows))


def markdown(rows: Sequence[Row]) -> str:
    """Give a Markdown table, with whatever Markdown would act on escaped."""
    columns = [[cell.translate(_MARKDOWN_SIGNS) for cell in cells] for cells in _columns(rows)]
    rules = ["---:" if is_right else "---" for is_right in _RIGHT]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (_HEADERS, rules, *zip(*columns, strict=True)))


def _is_deprecated(row: Row) -> bool:
    return row.status == "deprecated"


def _columns(rows: Sequence[Row]) -> list[Sequence[str]]:
    """Give the visible cells of the table's columns, without headers."""
    return [
        visible_column([row.id for row in rows]),
        visible_column([row.name for row in rows]),
        visible_column([row.category for row in rows]),
        visible_column([row.parameters for row in rows]),
        [_memory(row) for row in rows],
        visible_column([row.status for row in rows]),
    ]


def _memory(row: Row) -> str:
    """Give the least and the recommended memory of a GPU, and how many GPUs there must be where one is not enough."""
    times = f"{row.min_gpus}x " if row.min_gpus > 1 else ""
    return f"{times}{short_number(row.min_vram_gb)}-{short_number(row.recommended_vram_gb)}"


def _fitted(columns: Sequence[Sequence[str]], screen: Screen) -> str:
    """Leave out columns until the rest fits; of what still does not, the id is folded, never cut."""
    from rich.box import SIMPLE_HEAD
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    widths = [max(map(cell_len, [header, *cells])) for header, cells in zip(_HEADERS, columns, strict=True)]
    kept = list(range(len(_HEADERS)))
    for index in _DISPENSABLE:
        if sum(widths[column] + 2 for column in kept) - 2 > screen.width:
            kept.remove(index)

    box = SIMPLE_HEAD if screen.has_box_characters else None
    grid = Table(box=box, show_edge=False, pad_edge=False, padding=(0, 1 if box else 2, 0, 0), header_style="bold")
    for index in kept:
        grid.add_column(
            _HEADERS[index], justify="right" if _RIGHT[index] else "left", overflow="fold", no_wrap=index != 0
        )
    for cells in zip(*(columns[index] for index in kept), strict=True):
        grid.add_row(*[Text(cell, style=STATUS_STYLES.get(cell) or "") for cell in cells])
    return rendered(grid, screen)
