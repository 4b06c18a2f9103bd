"""``mgr fit``: which models run here, or on a GPU that is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from model_garden_registry.catalogue.filtering import Wanted, filter_of
from model_garden_registry.cli import exit_codes
from model_garden_registry.cli.command import Command, new_app
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
from model_garden_registry.cli.options.hardware import (
    GpuOption,
    HardwareOption,
    known_gpu_or_here,
    read_snapshot,
    with_driver,
)
from model_garden_registry.cli.options.shared import JsonOption, chosen_format, open_registry, screen
from model_garden_registry.cli.output import write_answer, write_json
from model_garden_registry.entries.tasks import Task
from model_garden_registry.findings import verdict_of

if TYPE_CHECKING:
    from pathlib import Path

    from model_garden_registry.hardware.gpus import Hardware

app = new_app()


@app.command(cls=Command)
def fit(
    ctx: typer.Context,
    *,
    query: QueryArgument = None,
    task: Annotated[Task, typer.Option(help="What the models are to be used for.")] = "inference",
    gpu: GpuOption = None,
    hardware: HardwareOption = None,
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
    output_format: Annotated[
        Literal["text", "json"] | None, typer.Option("--format", show_default="text", help="How to write them.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """
    Show which models run on the GPUs here, or on a named one.

    Four buckets: models that run as they are; that run with changed settings, of which the smallest change is named
    (`mgr validate` has more of them); for which there is too little; and models that are not judged, with the reason.
    Only models that support the task are asked about. Beside each stands the memory that is safe with its settings.

    Exit code: 0 for every answer about GPUs; without one to judge that of `mgr validate`: 1 CUDA would see none, or the
    driver cannot run; 2 there is no driver and none is named; 3 the driver gives no answer.
    """
    shape = chosen_format(output_format, as_json=as_json, default="text")
    machine = _machine(gpu, hardware)
    wanted: Wanted = {
        "category": category,
        "tags": tags or (),
        "status": status,
        "provider": provider,
        "architecture": architecture,
        "quantized": quantized,
        "vision": vision,
        "size": size,
        "query": query,
    }
    registry = open_registry(ctx)

    fits = registry.fit(task, hardware=machine, sort=sort, limit=limit, **wanted)
    if not fits.reports:
        explain_nothing(registry, filter_of(wanted, task))
    if shape == "json":
        from model_garden_registry.payloads.estimates import fits_document

        write_json(fits_document(fits))
    else:
        from model_garden_registry.cli.text.fits import fit_text

        write_answer(fit_text(fits, screen(ctx)))
    raise typer.Exit(exit_codes.ANSWER if fits.host is None else exit_codes.for_verdict(verdict_of((fits.host,))))


def _machine(gpu: str | None, file: Path | None) -> Hardware:
    """
    Give the hardware that is named, or this machine's.

    Raises:
        typer.BadParameter: Two are named, or there is no driver to ask, here or on the machine of the file.
    """
    if file is None:
        return known_gpu_or_here(gpu)
    if gpu is not None:
        raise typer.BadParameter("--gpu and --hardware contradict each other")
    return with_driver(read_snapshot(file), where="on that machine")
