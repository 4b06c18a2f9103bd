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
    SizeOption,
    SortOption,
    StatusOption,
    TagsOption,
    VisionOption,
    WordsArgument,
    explain_nothing,
)
from model_garden_registry.cli.options.hardware import NamedHardware, machines_here, named_gpus
from model_garden_registry.cli.options.numbers import real_number
from model_garden_registry.cli.options.settings import (
    EngineOption,
    MethodOption,
    OverridesOption,
    SetOption,
    StackOption,
    override_layers,
)
from model_garden_registry.cli.options.shared import JsonOption, chosen_format, open_registry, screen
from model_garden_registry.cli.output import json_text, say, write_answer, write_json
from model_garden_registry.cli.text.wording import count
from model_garden_registry.entries.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_garden_registry.catalogue.rows import Row
    from model_garden_registry.entries.settings.merging import Layer
    from model_garden_registry.registry.model_registry import ModelRegistry

ListFormat = Literal["table", "json", "jsonl", "csv", "markdown", "ids"]

app = new_app()


@app.command(cls=Command)
def list_models(
    ctx: typer.Context,
    *,
    words: WordsArgument = None,
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
            help="Only what needs at most this memory per GPU (10^9 bytes); respects --task.",
            parser=real_number(least=0),
        ),
    ] = None,
    size: SizeOption = None,
    fits: Annotated[
        bool, typer.Option("--fits", help="Only what runs on the GPUs of this machine; respects --task.")
    ] = False,
    gpu: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME[:N]",
            help="Only what runs on this GPU, or N of them, instead of those here: L4, a100-80gb:2; respects --task. "
            "Several, repeated or with commas: what runs on one of them, with a column for each.",
            autocompletion=completion.gpus,
        ),
    ] = None,
    settings: SetOption = None,
    overrides: OverridesOption = None,
    stack: StackOption = None,
    engine: EngineOption = None,
    method: MethodOption = None,
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

    The table shows the least and the recommended memory per GPU as VRAM GB (4x 56-80: four GPUs), and
    deprecated models last. In a pipe nothing is cut. CSV puts an apostrophe before text that a spreadsheet would read
    as a formula; JSON has every text exactly, and in `total` how many models match, whatever --limit says.

    With --fits or --gpu, other settings of a --task decide what fits: --set, --overrides, --stack, --engine, --method.
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
        query=" ".join(words or ()) or None,
    )
    machines = named_gpus(gpu) if gpu else machines_here() if fits else []
    layers: tuple[Layer, ...] = ()
    if task is not None and machines:
        layers = override_layers(task=task, files=overrides, pairs=settings, method=method, stack=stack, engine=engine)
    elif any((settings, overrides, stack, engine, method)):
        raise typer.BadParameter("other settings decide what fits: name a --task, and a --gpu or --fits")
    registry = open_registry(ctx)

    rows = registry.rows(wanted)
    if not rows:
        explain_nothing(registry, wanted)
    fitting = _fitting(registry, wanted, machines, layers)
    if machines:
        rows = [row for row in rows if any(row.id in ids for ids in fitting.values())]
    if sort is not None:
        rows = sort_rows(rows, sort)
    _write(ctx, registry, rows[:limit], shape, total=len(rows), on=fitting if len(machines) > 1 else {})
    if any(hardware.state.value != "read" for _, hardware in machines):
        raise typer.Exit(exit_codes.NO_ANSWER)


def _fitting(
    registry: ModelRegistry, wanted: Filter, machines: list[NamedHardware], layers: tuple[Layer, ...]
) -> dict[str, frozenset[str]]:
    """Return the ids that pass `mgr validate` on each machine; note how many could not be judged."""
    found = {label: registry.fitting_rows(wanted, overrides=layers, hardware=hardware) for label, hardware in machines}
    fitting = {label: frozenset(row.id for row in one.kept) for label, one in found.items()}
    unknown = {row.id for one in found.values() for row in one.unknown}.difference(*fitting.values())
    if unknown:
        say("note", f"{count(len(unknown), 'model')} left out that could not be judged: `mgr validate` says why")
    return fitting


def _write(
    ctx: typer.Context,
    registry: ModelRegistry,
    rows: list[Row],
    shape: ListFormat,
    *,
    total: int,
    on: Mapping[str, frozenset[str]],
) -> None:
    from model_garden_registry.cli.text import lists as list_formats

    match shape:
        case "json" | "jsonl":
            from model_garden_registry.payloads.entries import list_document, list_row

            documents = [list_row(row, registry.raw(row.id), on) for row in rows]
            if shape == "json":
                write_json(list_document(documents, total=total))
            else:
                write_answer("\n".join(map(json_text, documents)))
        case "ids":
            write_answer(list_formats.ids(rows))
        case "csv":
            write_answer(list_formats.csv(rows))
        case "markdown":
            write_answer(list_formats.markdown(rows, on))
        case "table":
            write_answer(list_formats.table(rows, screen(ctx), on))
        case _:
            assert_never(shape)
