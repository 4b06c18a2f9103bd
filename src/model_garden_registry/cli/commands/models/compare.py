"""``mgr compare``: models side by side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal, assert_never, get_args

import typer

from model_garden_registry.cli.command import Command, new_app
from model_garden_registry.cli.options import completion
from model_garden_registry.cli.options.hardware import GpusOption, named_gpus
from model_garden_registry.cli.options.naming import taken_ids
from model_garden_registry.cli.options.settings import override_layers
from model_garden_registry.cli.options.shared import JsonOption, chosen_format, open_registry, screen
from model_garden_registry.cli.output import Screen, write_answer, write_json
from model_garden_registry.cli.text.page import words
from model_garden_registry.cli.text.table import Column, in_blocks, table_markdown, table_text
from model_garden_registry.cli.text.wording import painted
from model_garden_registry.entries.tasks import Task
from model_garden_registry.visible_text import visible

if TYPE_CHECKING:
    from model_garden_registry.catalogue.comparison import ComparedField, Comparison
    from model_garden_registry.registry.model_registry import ModelRegistry

#: Labels of the models in a table; more do not fit side by side.
_LETTERS = "ABCDEF"
#: Marks a field in which the models differ.
_MARK = "*"

CompareFormat = Literal["text", "json", "markdown"]

app = new_app()


def _check_number(value: list[str]) -> list[str]:
    if not 2 <= len(value) <= len(_LETTERS):
        raise typer.BadParameter(f"two to six models can be compared, not {len(value)}")
    return value


@app.command(cls=Command)
def compare_models(
    ctx: typer.Context,
    *,
    model_ids: Annotated[
        list[str],
        typer.Argument(
            metavar="ID",
            help="Ids of two to six models, or former ones.",
            callback=_check_number,
            autocompletion=completion.ids,
        ),
    ],
    gpu: GpusOption = None,
    only_differing: Annotated[bool, typer.Option("--diff", help="Only the fields in which the models differ.")] = False,
    output_format: Annotated[
        CompareFormat | None,
        typer.Option("--format", show_default="text", help="How to write them."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """
    Show models side by side.

    Fields in which they differ are marked. A dash, or null in JSON, means that a model states nothing, or does not
    support the task. disk_gb is the size of the published weights, computed from the shape; memory is per
    GPU; both are decimal GB. --gpu adds the verdict on that GPU for each task, how many GPUs are used, and
    the safe memory of each.
    """
    shape: CompareFormat = chosen_format(output_format, as_json=as_json, default="text")
    machines = dict(named_gpus(gpu or ()))
    registry = open_registry(ctx)
    # The stack and the engine of the configuration apply to this command, too.
    layers = {task: override_layers(task=task) for task in get_args(Task)} if machines else None
    comparison = registry.compare(_keys(registry, model_ids), hardware=machines, overrides=layers)
    if only_differing:
        comparison = comparison.differing
    match shape:
        case "json":
            from model_garden_registry.payloads.catalogue import comparison_document

            write_json(comparison_document(comparison))
        case "markdown":
            write_answer(_markdown(comparison))
        case "text":
            write_answer(_text(comparison, screen(ctx)))
        case _:
            assert_never(shape)


def _keys(registry: ModelRegistry, model_ids: list[str]) -> list[str]:
    """
    Return the ids of the models.

    Raises:
        typer.BadParameter: Two of them mean one model.
    """
    keys = taken_ids(registry, model_ids)
    if twice := next((key for number, key in enumerate(keys) if key in keys[:number]), None):
        raise typer.BadParameter(f"{twice} is named twice", param_hint="ID")
    return keys


def _text(comparison: Comparison, screen: Screen) -> str:
    """Return the table with letters for the models, so that columns are as narrow as their values."""
    names = dict(zip(_LETTERS, comparison.models, strict=False))
    legend = [
        f"{painted(letter, 'bold', has_colour=screen.has_colour)}  {visible(model)}" for letter, model in names.items()
    ]
    if not comparison.fields:
        return "\n".join([*legend, "", "no difference"])
    marks, fields, *values = zip(*_lines(comparison), strict=True)
    heads = [Column("", marks), Column("FIELD", fields)]
    models = [Column(letter, cells, folds=True) for letter, cells in zip(names, values, strict=True)]
    tables = [table_text(block, screen).rstrip("\n") for block in in_blocks(heads, models, screen)]
    return "\n\n".join(["\n".join(legend), *tables])


def _lines(comparison: Comparison) -> Iterator[tuple[str, ...]]:
    """Yield mark, name and values of each field; above those of a group, a line with its name."""
    group = ""
    for field in comparison.fields:
        before, _, leaf = field.name.rpartition(".")
        if before not in ("", group):
            yield ("", before, *[""] * len(field.values))
        group = before
        mark = _MARK if field.is_different else ""
        yield (mark, f"  {leaf}" if group else leaf, *_cells(field))


def _markdown(comparison: Comparison) -> str:
    fields = comparison.fields
    values = [list(cells) for cells in zip(*map(_cells, fields), strict=True)]
    models = map(visible, comparison.models)
    marks = Column("", [_MARK if field.is_different else "" for field in fields])
    names = Column("FIELD", [field.name for field in fields])
    return table_markdown([names, marks, *map(Column, models, values)])


def _cells(field: ComparedField) -> list[str]:
    """Return the text of each value; ``?`` for a capability that is not stated."""
    absent = "?" if field.is_capability else "-"
    return [absent if value is None else visible(words(value)) for value in field.values]
