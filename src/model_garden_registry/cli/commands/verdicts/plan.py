"""``mgr plan``: which known GPUs, or GPUs of a cluster, run a model, and how many of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, assert_never

import typer

from model_garden_registry.cli.command import Command, new_app
from model_garden_registry.cli.options import completion
from model_garden_registry.cli.options.filters import AllOption, LimitOption, rows_to_show
from model_garden_registry.cli.options.hardware import InventoryOption, chosen_inventory
from model_garden_registry.cli.options.naming import taken_id
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
from model_garden_registry.entries.tasks import Task

if TYPE_CHECKING:
    from model_garden_registry.checks.planning import Plan

PlanFormat = Literal["text", "json", "jsonl", "csv", "markdown"]

app = new_app()


@app.command(cls=Command)
def plan(
    ctx: typer.Context,
    *,
    task: Annotated[Task, typer.Argument(metavar="TASK", help="training or inference.")],
    model_id: Annotated[
        str, typer.Argument(metavar="ID", help="Id of a model, or a former one.", autocompletion=completion.ids)
    ],
    gpu: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Only this GPU; several repeated or with commas.",
            autocompletion=completion.gpus,
        ),
    ] = None,
    inventory: InventoryOption = None,
    settings: SetOption = None,
    overrides: OverridesOption = None,
    stack: StackOption = None,
    engine: EngineOption = None,
    method: MethodOption = None,
    limit: LimitOption = None,
    every: AllOption = False,
    output_format: Annotated[
        PlanFormat | None, typer.Option("--format", show_default="text", help="How to write them.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """
    Show which known GPUs run a model, and how many of each.

    Every GPU of the table is judged alone and in hosts of several, with the model split as its engine or stack
    supports. The least total memory comes first. Settings for the split (tensor_parallel_size, n_gpus) are
    kept. With --inventory the GPUs of one node are judged, for each pool of a cluster and each kind of its nodes.

    Exit code: 0 for every answer, also if nothing runs it.
    """
    shape: PlanFormat = chosen_format(output_format, as_json=as_json, default="text")
    most = rows_to_show(limit, every=every, is_short=shape == "text" and screen(ctx).is_terminal)
    layers = override_layers(task=task, files=overrides, pairs=settings, method=method, stack=stack, engine=engine)
    names = [name.strip() for text in gpu for name in text.split(",")] if gpu else None
    pools = chosen_inventory(inventory, gpu=names is not None)
    registry = open_registry(ctx)

    taken = taken_id(registry, model_id)
    if pools:
        found = registry.plan_pools(task, taken, pools, overrides=layers)
    else:
        found = registry.plan(task, taken, overrides=layers, gpus=names)
    _write(ctx, found, shape, most)


def _write(ctx: typer.Context, found: Plan, shape: PlanFormat, most: int | None) -> None:
    from model_garden_registry.cli.text.fitting import plans as texts
    from model_garden_registry.payloads.fits import plan_document, plan_row

    match shape:
        case "json":
            write_json(plan_document(found, most=most))
        case "jsonl":
            write_answer("\n".join(json_text(plan_row(choice)) for choice in found.choices[:most]))
        case "csv":
            write_answer(texts.plan_csv(found, most=most))
        case "markdown":
            write_answer(texts.plan_markdown(found, most=most))
        case "text":
            write_answer(texts.plan_text(found, screen(ctx), most=most))
        case _:
            assert_never(shape)
