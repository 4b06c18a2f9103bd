"""``mgr estimate``: how much memory a task needs, part by part."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, assert_never

import typer

from model_garden_registry.cli.command import Command, new_app
from model_garden_registry.cli.options import completion
from model_garden_registry.cli.options.hardware import (
    HardwareOption,
    OneGpuOption,
    one_machine,
)
from model_garden_registry.cli.options.naming import assessed_as, taken_id
from model_garden_registry.cli.options.own_config import ConfigOption, with_own_model
from model_garden_registry.cli.options.settings import (
    EngineOption,
    MethodOption,
    OverridesOption,
    SetOption,
    StackOption,
    override_layers,
)
from model_garden_registry.cli.options.shared import JsonOption, chosen_format, open_registry, screen
from model_garden_registry.cli.options.sweep import SweepOption, parse_sweep
from model_garden_registry.cli.output import say, write_answer, write_json
from model_garden_registry.entries.tasks import Task

if TYPE_CHECKING:
    from model_garden_registry.checks.assessment import Assessment
    from model_garden_registry.checks.sweeping import Sweep
    from model_garden_registry.cli.output import Screen

EstimateFormat = Literal["text", "json", "csv"]

app = new_app()


@app.command(cls=Command)
def estimate(
    ctx: typer.Context,
    *,
    task: Annotated[Task, typer.Argument(metavar="TASK", help="training or inference.")],
    model_id: Annotated[
        str | None,
        typer.Argument(metavar="ID", help="Id of the model, or a former one.", autocompletion=completion.ids),
    ] = None,
    config: ConfigOption = None,
    pairs: SetOption = None,
    files: OverridesOption = None,
    method: MethodOption = None,
    stack: StackOption = None,
    engine: EngineOption = None,
    gpu: OneGpuOption = None,
    hardware: HardwareOption = None,
    sweeps: SweepOption = None,
    output_format: Annotated[
        EstimateFormat | None,
        typer.Option("--format", show_default="text", help="How to write it; csv: only with --sweep."),
    ] = None,
    as_json: JsonOption = False,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="With --sweep: comma-separated values, as --format csv.")
    ] = False,
    svg: Annotated[
        Path | None,
        typer.Option(
            "--svg",
            metavar="FILE",
            help="Also write a picture: the parts as bars, against the GPU; an existing .svg file is replaced.",
            dir_okay=False,
        ),
    ] = None,
) -> None:
    """
    Estimate the memory that a task needs on each GPU.

    With the model's defaults, or with other settings. `expected` is the likely peak, `safe` what a GPU should have. GB
    are decimal (10^9 bytes). --gpu adds the verdict of `mgr validate` and the largest
    settings that fit that GPU.

    The exit code is 0 for every estimate, whatever the verdict: scripts use `mgr validate`.
    """
    shape = _chosen(output_format, as_json=as_json, as_csv=as_csv, has_sweep=bool(sweeps))
    if svg is not None and svg.suffix.lower() != ".svg":
        raise typer.BadParameter(f"{svg}: the name of a picture ends in .svg", param_hint="--svg")
    swept = parse_sweep(sweeps) if sweeps else None
    layers = override_layers(task=task, files=files, pairs=pairs, method=method, stack=stack, engine=engine)
    machine = one_machine(gpu, hardware)
    if (model_id is None) == (config is None):
        raise typer.BadParameter("name a model by its ID, or give its config.json with --config")
    registry = open_registry(ctx)

    if config is not None:
        registry, key = with_own_model(registry, config, None)
    else:
        key = taken_id(registry, str(model_id))
    if swept is None:
        assessed = assessed_as(registry.assess(key, task, overrides=layers, hardware=machine), model_id or key)
        _write_estimate(assessed, shape, screen(ctx))
        _write_picture(svg, assessed)
        return
    found = registry.sweep(
        key, task, setting=swept.name, values=swept.values, overrides=layers, hardware=machine, given_as="--sweep"
    )
    _write_sweep(found, shape, screen(ctx))
    _write_picture(svg, found)


def _write_estimate(found: Assessment, shape: EstimateFormat, screen: Screen) -> None:
    from model_garden_registry.cli.text.estimates import estimate_text
    from model_garden_registry.cli.text.reports import outcomes_text
    from model_garden_registry.payloads.estimates import estimate_document

    if shape == "json":
        write_json(estimate_document(found))
        return
    text = estimate_text(found, screen)
    verdict = outcomes_text([found.report], screen) if found.case.machine else ""
    write_answer(f"{text}\n\n{verdict}" if verdict else text)


def _write_sweep(found: Sweep, shape: EstimateFormat, screen: Screen) -> None:
    from model_garden_registry.cli.text.estimates import sweep_csv, sweep_text
    from model_garden_registry.payloads.estimates import sweep_document

    for remark in _remarks(found):
        say("note", remark)
    match shape:
        case "json":
            write_json(sweep_document(found))
        case "csv":
            write_answer(sweep_csv(found))
        case "text":
            write_answer(sweep_text(found, screen))
        case _:
            assert_never(shape)


def _write_picture(path: Path | None, found: Assessment | Sweep) -> None:
    if path is None:
        return
    from model_garden_registry.checks.assessment import Assessment
    from model_garden_registry.cli.text.pictures import estimate_svg, sweep_svg
    from model_garden_registry.files.writing.replacing import write_file

    text = estimate_svg(found) if isinstance(found, Assessment) else sweep_svg(found)
    write_file(path, text.encode(), is_forced=True)
    say("note", f"wrote {path}")


def _remarks(found: Sweep) -> Iterator[str]:
    """Yield that a setting does not change memory, and which values are refused whatever the hardware."""
    if found.is_flat:
        yield f"the memory is the same for all of these values of {found.setting}"
    refusals = [point.refusals for point in found.points]
    of_all = set.intersection(*map(set, refusals)) if len(refusals) > 1 else set()  # about the model, not a value
    for point in found.points:
        for message in point.refusals:
            if message not in of_all:
                yield f"{found.setting} = {point.value}: {message}"


def _chosen(given: EstimateFormat | None, *, as_json: bool, as_csv: bool, has_sweep: bool) -> EstimateFormat:
    """
    Return the format that the options choose.

    Raises:
        typer.BadParameter: They contradict each other, or ask for one estimate as CSV.
    """
    if as_csv and (as_json or given not in (None, "csv")):
        raise typer.BadParameter(f"--csv and {'--json' if as_json else f'--format {given}'} contradict each other")
    shape: EstimateFormat = chosen_format("csv" if as_csv else given, as_json=as_json, default="text")
    if shape == "csv" and not has_sweep:
        raise typer.BadParameter("CSV is for many values: add --sweep, or ask for --json")
    return shape
