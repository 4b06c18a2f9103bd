"""``mgr registry remove``: a model out of one's own registry, or hidden by it."""

from __future__ import annotations

from typing import Annotated

import typer

from model_garden_registry.cli.command import Command, new_app
from model_garden_registry.cli.options import completion
from model_garden_registry.cli.options.shared import open_registry
from model_garden_registry.cli.output import say

app = new_app()


@app.command(cls=Command)
def remove(
    ctx: typer.Context,
    *,
    model_id: Annotated[
        str, typer.Argument(metavar="ID", show_default=False, help="The entry.", autocompletion=completion.ids)
    ],
    restore: Annotated[
        bool, typer.Option("--restore", help="Remove only what your file states: the entry below it is used again.")
    ] = False,
) -> None:
    """
    Remove a model from your registry.

    What your file states of it goes. If a registry below has it too, your overlay says null instead, which hides it;
    --restore takes that back, and any other change.

    Exit code: 0 it is removed; 2 an unknown model; 3 it cannot be written.
    """
    from model_garden_registry.lifecycle.own_models import is_below, own_file, remove_model

    registry = open_registry(ctx)
    layers = registry.layers
    path = own_file(layers)
    if restore and model_id not in layers[-1].models:
        raise typer.BadParameter(f"{path} states nothing of {model_id!r}", param_hint="ID")
    if not restore and (key := registry.key(model_id)) != model_id:
        raise typer.BadParameter(f"{model_id!r} is a former id of {key}", param_hint="ID")
    remove_model(layers, model_id, restores=restore)
    below = is_below(layers, model_id)
    if below and restore:
        say("note", f"{path} says nothing of {model_id} any more: the entry below it is used")
    else:
        say("note", f"{path} hides {model_id}" if below else f"removed {model_id} from {path}")
