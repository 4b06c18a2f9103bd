"""``mgr list``: rows of the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, assert_never

import typer

from model_garden_registry.catalogue.filtering import Filter, sort_rows
from model_garden_registry.cli import exit_codes
from model_garden_registry.cli.command import Command, new_app
from model_garden_registry.cli.options import completion
from model_garden_registry.cli.options.filters import (
    ArchitectureOption,
    CategoryOption,
    LimitOption,
    ProviderOption,
    QuantizedOption,
    QueryArgument,
    SizeOption,
    SortOption,
    StatusOption,
    TagsOption,
    VisionOption,
    explain_nothing,
)
from model_garden_registry.cli.options.hardware import known_gpu_or_here
from model_garden_registry.cli.options.numbers import parse_gigabytes
from model_garden_registry.cli.options.shared import JsonOption, chosen_format, open_registry, screen
from model_garden_registry.cli.output import json_text, say, write_answer, write_json
from model_garden_registry.cli.text.wording import count
from model_garden_registry.entries.tasks import Task

if TYPE_CHECKING:
    from model_garden_registry.catalogue.rows import Row
    from model_garden_registry.hardware.gpus import Hardware
    from model_garden_registry.registry.model_registry import ModelRegistry

ListFormat = Literal["table", "json", "jsonl", "csv", "markdown", "ids"]

app = new_app()


@app.command(cls=Command)
def list_models(
    ctx: typer.Context,
    *,
    query: QueryArgument = None,
    category: CategoryOption = None,
    tags: TagsOption = None,
    status: StatusOption = None,
    provider: ProviderOption = None,
    architecture: ArchitectureOption = None,
    task: Annotated[Task | None, typer.Option(help="Only what supports this task.")] = None,
    quantized: QuantizedOption = None,
    vision: VisionOption = None,
    max_vram: Annotated[
        float | None,
        typer.Option(
            metavar="GB",
            help="Only what needs at most this memory of each GPU (10^9 bytes); heeds --task.",
            parser=parse_gigabytes,
        ),
    ] = None,
    size: SizeOption = None,
    fits: Annotated[
        bool, typer.Option("--fits", help="Only what the GPUs of this machine can do; heeds --task.")
    ] = False,
    gpu: Annotated[
        str | None,
        typer.Option(
            metavar="NAME[:N]",
            help="Only what this GPU, or N of them, can do, instead of the ones here: L4, a100-80gb:2; heeds --task.",
            autocompletion=completion.gpus,
        ),
    ] = None,
    sort: SortOption = None,
    limit: LimitOption = None,
    output_format: Annotated[
        ListFormat | None, typer.Option("--format", show_default="table", help="How to write the rows.")
    ] = None,
    as_json: JsonOption = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Ids only, as --format ids.")] = False,
) -> None:
    """
    List models.

    The table gives the least and the recommended memory of each GPU as VRAM GB (4x 56-80: of four GPUs), and
    deprecated models last. In a pipe nothing is cut. CSV puts an apostrophe before text that a spreadsheet would take
    for a formula; JSON has every text exactly, and in `total` how many models match, whatever --limit says.
    """
    shape: ListFormat = chosen_format(output_format, as_json=as_json, quiet=quiet, default="table")
    wanted = Filter(
        category=category,
        tags=tuple(tags or ()),
        status=status,
        provider=provider,
        architecture=architecture,
        quantized=quantized,
        vision=vision,
        task=task,
        max_vram_gb=max_vram,
        size=size,
        query=query,
    )
    machine = known_gpu_or_here(gpu) if fits or gpu else None
    registry = open_registry(ctx)

    rows = registry.rows(wanted)
    if not rows:
        explain_nothing(registry, wanted)
    if machine is not None:
        rows = _fitting(registry, wanted, machine)
    if sort is not None:
        rows = sort_rows(rows, sort)
    _write(ctx, registry, rows[:limit], shape, total=len(rows))
    if machine is not None and machine.state.value != "read":
        raise typer.Exit(exit_codes.NO_ANSWER)


def _fitting(registry: ModelRegistry, wanted: Filter, machine: Hardware) -> list[Row]:
    """Keep what `mgr validate` lets pass on a machine, for the task or for any; say how much it could not judge."""
    kept, unknown = registry.fitting_rows(wanted, hardware=machine)
    if unknown:
        say("note", f"{count(len(unknown), 'model')} left out that could not be judged: `mgr validate` says why")
    return kept


def _write(ctx: typer.Context, registry: ModelRegistry, rows: list[Row], shape: ListFormat, *, total: int) -> None:
    from model_garden_registry.cli.text import lists as list_formats

    match shape:
        case "json" | "jsonl":
            from model_garden_registry.payloads.entries import list_document, list_row

            documents = [list_row(row, registry.raw(row.id)) for row in rows]
            if shape == "json":
                write_json(list_document(documents, total=total))
            else:
                write_answer("\n".join(map(json_text, documents)))
        case "ids":
            write_answer(list_formats.ids(rows))
        case "csv":
            write_answer(list_formats.csv(rows))
        case "markdown":
            write_answer(list_formats.markdown(rows))
        case "table":
            write_answer(list_formats.table(rows, screen(ctx)))
        case _:
            assert_never(shape)
