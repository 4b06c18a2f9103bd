"""Rows as table, CSV, Markdown or ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from model_garden_registry.catalogue.rows import Row
from model_garden_registry.cli.output import Screen
from model_garden_registry.cli.text.csv_lines import csv_text
from model_garden_registry.cli.text.table import Column, table_markdown, table_text
from model_garden_registry.cli.text.wording import visible_column
from model_garden_registry.units import short_number
from model_garden_registry.visible_text import visible

#: Ids of what fits, by the GPUs that were named.
On = Mapping[str, frozenset[str]]


def table(rows: Sequence[Row], screen: Screen, on: On) -> str:
    """
    Return a table, deprecated rows last: as wide as the terminal, or in a pipe as wide as its longest cells.

    Args:
        on: Ids that fit on each of several GPUs: a column for each.
    """
    ordered = [*(row for row in rows if not _is_deprecated(row)), *filter(_is_deprecated, rows)]
    return table_text(_columns(ordered, on), screen)


def ids(rows: Sequence[Row]) -> str:
    """Return one id per line."""
    return "\n".join(visible_column([row.id for row in rows]))


def csv(rows: Sequence[Row]) -> str:
    """Return the eleven documented columns as CSV, tags separated by semicolons."""
    return csv_text(Row._make([""] * len(Row._fields)).columns(), (row.columns().values() for row in rows))


def markdown(rows: Sequence[Row], on: On) -> str:
    """Return a Markdown table, with Markdown characters escaped."""
    return table_markdown(_columns(rows, on))


def _is_deprecated(row: Row) -> bool:
    return row.status == "deprecated"


def _columns(rows: Sequence[Row], on: On) -> list[Column]:
    return [
        Column("ID", visible_column([row.id for row in rows]), is_id=True),
        Column("NAME", visible_column([row.name for row in rows]), dispensable=1),
        Column("CATEGORY", visible_column([row.category for row in rows]), dispensable=2),
        Column("SIZE", visible_column([row.parameters for row in rows]), to_right=True),
        Column("VRAM GB", [_memory(row) for row in rows], to_right=True),
        *(Column(visible(gpu), ["yes" if row.id in ids else "no" for row in rows]) for gpu, ids in on.items()),
        Column("STATUS", visible_column([row.status for row in rows])),
    ]


def _memory(row: Row) -> str:
    """Return the least and the recommended memory per GPU, and how many GPUs, if one is not enough."""
    times = f"{row.min_gpus}x " if row.min_gpus > 1 else ""
    return f"{times}{short_number(row.min_vram_gb)}-{short_number(row.recommended_vram_gb)}"
