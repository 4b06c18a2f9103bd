"""``mgr validate``: whether models can be trained or served as the registry and the settings say."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from model_garden_registry.cli.command import Command, new_app
from model_garden_registry.cli.options import completion
from model_garden_registry.cli.options.hardware import (
    GpusOption,
    HardwareOption,
    InventoryOption,
    SkipOption,
    chosen_inventory,
    named_machines,
)
from model_garden_registry.cli.options.naming import as_asked, ids_to_judge
from model_garden_registry.cli.options.reports import (
    DeprecatedOption,
    FormatOption,
    NowOption,
    QuietOption,
    RequireOption,
    StrictOption,
)
from model_garden_registry.cli.options.settings import (
    EngineOption,
    MethodOption,
    OverridesOption,
    SetOption,
    StackOption,
    override_layers,
)
from model_garden_registry.cli.options.shared import JsonOption, chosen_format, open_registry, screen
from model_garden_registry.cli.output import say
from model_garden_registry.cli.report_formats import ReportFormat, write_on_gpus, write_outcomes
from model_garden_registry.cli.text.gpu_columns import OnGpus
from model_garden_registry.cli.text.wording import count
from model_garden_registry.entries.tasks import Task
from model_garden_registry.findings import Code

if TYPE_CHECKING:
    from model_garden_registry.files.overlays import RegistryLayer
    from model_garden_registry.reports import Outcome

app = new_app()


@app.command(cls=Command)
def validate(
    ctx: typer.Context,
    *,
    task: Annotated[Task, typer.Argument(metavar="TASK", help="training or inference.")],
    ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ID", show_default=False, help="Ids of models, or former ones.", autocompletion=completion.ids
        ),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Judge every model that supports the task.")] = False,
    settings: SetOption = None,
    overrides: OverridesOption = None,
    method: MethodOption = None,
    stack: StackOption = None,
    engine: EngineOption = None,
    gpus: GpusOption = None,
    any_gpu: Annotated[
        bool, typer.Option("--any", help="With several --gpu: a model passes if it passes on one of them.")
    ] = False,
    hardware: HardwareOption = None,
    inventory: InventoryOption = None,
    skip_hardware: SkipOption = False,
    require_gpu: RequireOption = False,
    now: NowOption = False,
    allow_deprecated: DeprecatedOption = False,
    strict: StrictOption = False,
    quiet: QuietOption = False,
    output_format: FormatOption = None,
    as_json: JsonOption = False,
) -> None:
    """
    Judge models for a task.

    The registry says whether a model supports the task and is not deprecated, and whether the settings suit it. Then
    every GPU that CUDA would see here must have the memory and the compute capability that the model needs, each on
    its own: memory is never added up. --gpu judges another GPU, --hardware the machine in a file;
    several --gpu are columns. With --inventory the pools of a cluster are: a model passes in a pool if it passes on one
    kind of its nodes, and it is enough that it passes in one pool.

    Verdicts: ok, warning, fail, unknown (the driver or the entry gives no answer), not-checked (entry and settings are
    fine; hardware was not checked: there is no NVIDIA driver, or --skip-hardware is given).

    Exit code: 0 ok, warning, not-checked; 1 fail, or with --strict a warning; 2 invalid usage; 3 unknown. Of several
    models, and of several GPUs, the first of 70, 2, 3, 1, 0 that occurs.
    """
    if bool(ids) == every:
        raise typer.BadParameter("name at least one ID, or --all, and not both")
    wanted: ReportFormat = chosen_format(output_format, as_json=as_json, default="text")
    layers = override_layers(task=task, files=overrides, pairs=settings, method=method, stack=stack, engine=engine)
    if any_gpu and not gpus:
        raise typer.BadParameter("only with --gpu: of several, one is enough", param_hint="--any")
    pools = chosen_inventory(inventory, gpu=bool(gpus), file=hardware is not None, skip=skip_hardware, quiet=quiet)
    machines = {} if pools else named_machines(gpus, hardware, skip=skip_hardware, quiet=quiet)
    registry = open_registry(ctx, strict=strict)

    if every and not registry and not quiet:
        say("note", "the registry has no models")
    wanted_ids = list(registry) if every else ids_to_judge(registry, ids or (), quiet=quiet)
    asked: dict[str, Any] = {
        "overrides": layers,
        "gpu_required": require_gpu,
        "must_be_free": now,
        "allow_deprecated": allow_deprecated,
    }
    if pools:
        columns = registry.validate_pools(wanted_ids, task, pools, **asked)
    else:
        columns = {
            label: registry.validate_each(wanted_ids, task, **asked, hardware=machine)
            for label, machine in machines.items()
        }
    judged = [as_asked(outcomes, wanted_ids if every else ids or ()) for outcomes in columns.values()]
    rows = list(zip(*judged, strict=True))
    if every:
        rows = _supporting(rows, task, quiet=quiet)
    if wanted in ("github", "sarif", "junit"):
        rows = _placed(rows, registry.layers)
    command, seen = f"mgr validate {task}", screen(ctx)
    if len(columns) == 1 and not pools:
        outcomes = [outcome for (outcome,) in rows]
        code = write_outcomes(outcomes, wanted, screen=seen, command=command, strict=strict, as_list=every, quiet=quiet)
    else:
        code = write_on_gpus(
            OnGpus([*columns], rows),
            wanted,
            screen=seen,
            command=command,
            strict=strict,
            as_list=every,
            quiet=quiet,
            any_gpu=any_gpu or pools is not None,
        )
    raise typer.Exit(code)


def _supporting(rows: list[tuple[Outcome, ...]], task: Task, *, quiet: bool) -> list[tuple[Outcome, ...]]:
    """Return the models that support the task; the number of others goes to stderr."""
    judged = [row for row in rows if not _lacks_support(row[0])]
    left_out = len(rows) - len(judged)
    if left_out and not quiet:
        say("note", f"{count(left_out, 'model')} without support for {task} left out")
    return judged


def _placed(rows: list[tuple[Outcome, ...]], layers: Sequence[RegistryLayer]) -> list[tuple[Outcome, ...]]:
    """Return outcomes with the line of the model's entry in each finding."""
    from model_garden_registry.cli.registry_places import with_places

    placed = iter(with_places([outcome for row in rows for outcome in row], layers))
    return [tuple(islice(placed, len(row))) for row in rows]


def _lacks_support(outcome: Outcome) -> bool:
    from model_garden_registry.reports import Report

    return isinstance(outcome, Report) and any(finding.code is Code.TASK_UNSUPPORTED for finding in outcome.findings)
