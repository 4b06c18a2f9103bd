"""``mgr matrix``: what training stacks and serving engines support."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from textwrap import fill
from typing import TYPE_CHECKING, Annotated, Literal, assert_never

import typer

from model_garden_registry.cli.command import Command, new_app
from model_garden_registry.cli.options import completion
from model_garden_registry.cli.options.naming import taken_id
from model_garden_registry.cli.options.shared import JsonOption, chosen_format, open_registry, screen
from model_garden_registry.cli.output import Screen, write_answer, write_json
from model_garden_registry.cli.text.csv_lines import csv_text
from model_garden_registry.cli.text.page import Section, page
from model_garden_registry.cli.text.table import Column, table_markdown, table_text
from model_garden_registry.cli.text.wording import painted
from model_garden_registry.visible_text import visible

if TYPE_CHECKING:
    from model_garden_registry.checks.matrix.cells import Cell, Fact, Matrix, Row
    from model_garden_registry.entries.tasks import Task

MatrixFormat = Literal["text", "json", "markdown", "csv"]

_HEADINGS: dict[Task, str] = {"training": "Training", "inference": "Serving"}
_GROUPS = {"methods": "METHOD", "formats": "WEIGHTS IN", "features": "FEATURE"}
_CSV = ("model", "task", "group", "row", "column", "version", "answer", "needs", "remark", "facts", "since", "read_in")
#: A longer value of a fact is cut.
_LONGEST_VALUE = 120

app = new_app()


@app.command(cls=Command)
def matrix(
    ctx: typer.Context,
    *,
    model_id: Annotated[
        str | None,
        typer.Argument(
            metavar="ID",
            help="A model, for its family, number format and defaults; without one: any model.",
            show_default=False,
            autocompletion=completion.ids,
        ),
    ] = None,
    is_explained: Annotated[
        bool, typer.Option("--explain", help="Below each table, the fact behind each answer and its place.")
    ] = False,
    output_format: Annotated[
        MatrixFormat | None, typer.Option("--format", show_default="text", help="How to write it.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """
    Show what training stacks and serving engines support.

    Methods, number formats and features, at the newest release that was read. Each answer is computed
    like a verdict, from the tables of facts: yes, no, what it needs, or ? if no table has the fact.
    """
    shape: MatrixFormat = chosen_format(output_format, as_json=as_json, default="text")
    registry = open_registry(ctx)
    found = registry.matrix(None if model_id is None else taken_id(registry, model_id))
    match shape:
        case "json":
            from model_garden_registry.payloads.matrices import matrix_document

            write_json(matrix_document(found))
        case "csv":
            write_answer(csv_text(_CSV, _lines(found)))
        case "markdown":
            write_answer(markdown(found))
        case "text":
            write_answer(_text(found, screen(ctx), is_explained=is_explained))
        case _:
            assert_never(shape)


def markdown(matrix: Matrix) -> str:
    """Return a Markdown table for each task and group, with remarks below."""
    parts: list[str] = []
    for task, group, rows in _parts(matrix):
        titles = [column.named for column in matrix.of(task)]
        parts += [f"### {_HEADINGS[task]}: {group}", _in_markdown(rows, titles)]
        if remarks := list(_remarks(rows)):
            parts.append("\n".join(f"- {remark}" for remark in remarks))
    return "\n\n".join(parts)


def _in_markdown(rows: Sequence[Row], titles: Sequence[str]) -> str:
    names = Column("", [row.name for row in rows])
    return table_markdown([names, *(Column(title, cells) for title, cells in zip(titles, _cells(rows), strict=True))])


def _text(matrix: Matrix, screen: Screen, *, is_explained: bool) -> str:
    about = "any model" if matrix.model is None else visible(matrix.model)
    title = _folded(f"What stacks and engines support: {about}", screen)
    parts = [painted(title, "bold", has_colour=screen.has_colour)]
    for task, heading in _HEADINGS.items():
        columns = matrix.of(task)
        parts.append(_folded(f"{heading}: {', '.join(column.named for column in columns)}", screen))
        for _, group, rows in (part for part in _parts(matrix) if part[0] == task):
            known = [row for row in rows if any(cell.answer != "unknown" for cell in row.cells)]
            names = [column.name.upper() for column in columns]
            cells = map(Column, names, _cells(known))
            parts.append(table_text([Column(_GROUPS[group], [row.name for row in known]), *cells], screen).rstrip("\n"))
            notes = [*_remarks(known), *_not_known(rows, known)]
            parts += ["\n".join(_folded(note, screen) for note in notes)] if notes else []
            parts += [_explained(known, [column.named for column in columns], screen)] if is_explained else []
    legend = "needs 8.0: a GPU of that CUDA compute capability. ?: no table has the fact."
    more = "" if is_explained else " --explain gives the fact behind each answer."
    return "\n\n".join([*parts, _folded(legend + more, screen)])


def _parts(matrix: Matrix) -> Iterator[tuple[Task, str, list[Row]]]:
    """Yield the rows of each group of each task."""
    for task, group in dict.fromkeys((row.task, row.group) for row in matrix.rows):
        yield task, group, [row for row in matrix.rows if (row.task, row.group) == (task, group)]


def _cells(rows: Sequence[Row]) -> Iterable[list[str]]:
    """Return the answers as text, column by column."""
    return map(list, zip(*([_word(cell) for cell in row.cells] for row in rows), strict=True))


def _word(cell: Cell) -> str:
    if cell.answer == "unknown":
        return "?"
    short = cell.needs.removeprefix("compute capability ").removeprefix("a ")
    return f"needs {short}" if short else str(cell.answer)


def _remarks(rows: Iterable[Row]) -> Iterator[str]:
    """Yield each remark once, with the rows that it is about."""
    found: dict[str, dict[str, None]] = {}
    for row in rows:
        for cell in row.cells:
            found.setdefault(cell.remark, {})[row.name] = None
    yield from (f"{', '.join(names)}: {visible(remark)}" for remark, names in found.items() if remark)


def _not_known(rows: Sequence[Row], known: Sequence[Row]) -> Iterator[str]:
    if names := [row.name for row in rows if row not in known]:
        yield f"unknown for all: {', '.join(names)}"


def _folded(text: str, screen: Screen) -> str:
    if not screen.is_terminal:
        return text
    return fill(text, width=screen.width, subsequent_indent="  ", break_on_hyphens=False, break_long_words=False)


def _explained(rows: Sequence[Row], titles: Sequence[str], screen: Screen) -> str:
    """Return the facts of each cell, once for cells with equal facts and answers."""
    sections = []
    for row in rows:
        lines: dict[tuple[str, str], list[str]] = {}
        for title, cell in zip(titles, row.cells, strict=True):
            facts = "; ".join(map(_fact_text, cell.facts)) or "the rules of settings"
            lines.setdefault((_word(cell), facts), []).append(title)
        sections.append(
            Section(row.name, [(word, f"{', '.join(names)}: {facts}") for (word, facts), names in lines.items()])
        )
    return page("Facts", sections, screen)


def _fact_text(fact: Fact) -> str:
    value = json.dumps(fact.value, ensure_ascii=False)
    shown = value if len(value) <= _LONGEST_VALUE else f"{value[:_LONGEST_VALUE]}…"
    since = f" since {fact.since}" if fact.since else ""
    return f"{fact.name} = {shown}{since} ({fact.file}{fact.pointer})"


def _lines(matrix: Matrix) -> Iterator[list[object]]:
    for row in matrix.rows:
        for column, cell in zip(matrix.of(row.task), row.cells, strict=True):
            facts = cell.facts
            yield [
                *(matrix.model or "", row.task, row.group, row.name, column.name, column.version),
                *(str(cell.answer), cell.needs, cell.remark),
                *([f"{fact.file}{fact.pointer}" for fact in facts], [fact.since or "" for fact in facts]),
                [fact.read_in or "" for fact in facts],
            ]
