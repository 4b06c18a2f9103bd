"""``mgr fit``: which models run here, or on GPUs that are named."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, assert_never

import typer

from model_garden_registry.catalogue.filtering import Wanted, filter_of
from model_garden_registry.cli import exit_codes
from model_garden_registry.cli.command import Command, new_app
from model_garden_registry.cli.options.filters import (
    AllOption,
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
    WordsOrIdsArgument,
    explain_nothing,
    rows_to_show,
)
from model_garden_registry.cli.options.hardware import (
    GpusOption,
    HardwareOption,
    InventoryOption,
    chosen_inventory,
    machines_here,
    named_gpus,
    read_snapshot,
    with_driver,
)
from model_garden_registry.cli.options.naming import ids_or_words
from model_garden_registry.cli.options.settings import (
    EngineOption,
    MethodOption,
    OverridesOption,
    SetOption,
    StackOption,
    override_layers,
)
from model_garden_registry.cli.options.shared import JsonOption, chosen_format, open_registry, screen
from model_garden_registry.cli.output import json_text, write_answer, write_json
from model_garden_registry.cli.slips import refuse_gpu
from model_garden_registry.entries.tasks import Task
from model_garden_registry.files.documents import paused_garbage_collection
from model_garden_registry.findings import verdict_of

if TYPE_CHECKING:
    from model_garden_registry.checks.buckets import Fits
    from model_garden_registry.hardware.gpus import Hardware

FitFormat = Literal["text", "json", "jsonl", "csv", "markdown", "ids"]

app = new_app()


@app.command(cls=Command)
def fit(
    ctx: typer.Context,
    *,
    task: Annotated[Task, typer.Argument(metavar="TASK", help="training or inference.")],
    words: WordsOrIdsArgument = None,
    gpu: GpusOption = None,
    hardware: HardwareOption = None,
    inventory: InventoryOption = None,
    settings: SetOption = None,
    overrides: OverridesOption = None,
    stack: StackOption = None,
    engine: EngineOption = None,
    method: MethodOption = None,
    category: CategoryOption = None,
    tags: TagsOption = None,
    status: StatusOption = None,
    provider: ProviderOption = None,
    architecture: ArchitectureOption = None,
    quantized: QuantizedOption = None,
    vision: VisionOption = None,
    size: SizeOption = None,
    sort: SortOption = None,
    limit: LimitOption = None,
    every: AllOption = False,
    output_format: Annotated[
        FitFormat | None, typer.Option("--format", show_default="text", help="How to write them.")
    ] = None,
    as_json: JsonOption = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Ids of the models that run unchanged, as --format ids.")
    ] = False,
) -> None:
    """
    Show which models run on the GPUs here, or on named ones.

    Models that run unchanged come first, then those that run with changed settings, with the best change
    (`mgr validate` has more), then those that do not run, with the reason, and those that cannot be judged. In each
    group: recommended ones, then those that follow instructions and call tools, then the rest, the newest of each
    first. Deprecated models are shown if they are named, or with --status deprecated. Several --gpu are columns; with
    --inventory the pools of a cluster are, and a model runs in a pool if it runs on one kind of its nodes.

    For each model: GPUs used of those there, expected and safe memory per GPU, the share of the
    GPU, and the load assumed.

    Exit code: 0 for every answer about GPUs; without a GPU as `mgr validate`: 1 CUDA would see none, or the
    driver cannot run; 2 there is no driver and no GPU is named; 3 the driver does not answer.
    """
    shape: FitFormat = chosen_format(output_format, as_json=as_json, quiet=quiet, default="text")
    most = rows_to_show(limit, every=every, is_short=shape == "text" and screen(ctx).is_terminal)
    layers = override_layers(task=task, files=overrides, pairs=settings, method=method, stack=stack, engine=engine)
    if not gpu and hardware is None and inventory is None:
        refuse_gpu(words or ())
    pools = chosen_inventory(inventory, gpu=bool(gpu), file=hardware is not None)
    machines = [] if pools else _machines(gpu, hardware)
    registry = open_registry(ctx)
    ids = ids_or_words(registry, words or ())
    wanted: Wanted = {
        "category": category,
        "tags": tags or (),
        "status": status,
        "provider": provider,
        "architecture": architecture,
        "quantized": quantized,
        "vision": vision,
        "size": size,
        "query": None if ids else " ".join(words or ()) or None,
    }

    with paused_garbage_collection():
        if pools:
            each = list(registry.fit_pools(task, pools, ids=ids, overrides=layers, sort=sort, **wanted).values())
        else:
            each = registry.fit_each(task, machines, ids=ids, overrides=layers, sort=sort, **wanted)
        if not each[0].fitted:
            explain_nothing(registry, filter_of(wanted, task))
        _write(ctx, each, shape, most)
    hosts = [fits.host for fits in each]
    code = exit_codes.ANSWER if None in hosts else exit_codes.for_verdict(verdict_of(filter(None, hosts)))
    raise typer.Exit(code)


def _write(ctx: typer.Context, each: list[Fits], shape: FitFormat, most: int | None) -> None:
    match shape:
        case "json" | "jsonl":
            from model_garden_registry.payloads.fits import fit_document, fit_row, fits_document

            if shape == "jsonl":
                rows = (fit_row(fits, one) for fits in each for one in fits.first(most))
                write_answer("\n".join(map(json_text, rows)))
            else:
                write_json(fit_document(each[0], most=most) if _is_alone(each) else fits_document(each, most=most))
        case "ids":
            from model_garden_registry.checks.buckets import running_rows
            from model_garden_registry.cli.text.lists import ids

            write_answer(ids(running_rows(each)[:most]))
        case "csv" | "markdown" | "text":
            _write_table(ctx, each, shape, most)
        case _:
            assert_never(shape)


def _is_alone(each: list[Fits]) -> bool:
    """Return whether models were judged on one machine; the pools of a cluster are always columns."""
    return len(each) == 1 and each[0].pool is None


def _write_table(
    ctx: typer.Context, each: list[Fits], shape: Literal["csv", "markdown", "text"], most: int | None
) -> None:
    from model_garden_registry.cli.text.fitting import fits as texts

    match shape:
        case "csv":
            write_answer(texts.fit_csv(each, most=most))
        case "markdown":
            write_answer(texts.fit_markdown(each, most=most))
        case "text" if _is_alone(each):
            write_answer(texts.fit_text(each[0], screen(ctx), most=most))
        case "text":
            write_answer(texts.several_text(each, screen(ctx), most=most))
        case _:
            assert_never(shape)


def _machines(gpus: list[str] | None, file: Path | None) -> list[Hardware]:
    """
    Return the hardware that is named, here or in the configuration, or this machine's.

    Raises:
        typer.BadParameter: GPUs and a file are named, or there is no driver, here or on the machine of the file.
    """
    if gpus and file is not None:
        raise typer.BadParameter("--gpu and --hardware contradict each other")
    if gpus:
        return [named.hardware for named in named_gpus(gpus)]
    if file is not None:
        return [with_driver(read_snapshot(file), where="on that machine")]
    return [named.hardware for named in machines_here()]
