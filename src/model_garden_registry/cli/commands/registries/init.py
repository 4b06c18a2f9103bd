"""``mgr registry init``: an empty overlay for one's own models."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import typer

from model_garden_registry.cli.command import Command, new_app
from model_garden_registry.cli.options.shared import registry_paths
from model_garden_registry.cli.output import say

app = new_app()

_HERE = Path("storage", "models_registry.json")


@app.command(cls=Command)
def init(ctx: typer.Context) -> None:
    """
    Begin a registry of your own models, on top of the shipped one.

    Writes an empty overlay to ./storage/models_registry.json, or where --registry says, and its schema beside it, so
    that an editor completes and explains every field. A file that is there stays.

    Exit code: 0 it is written; 2 there is a file; 3 it cannot be written.
    """
    from model_garden_registry.lifecycle.own_models import init_overlay

    path = next(iter(registry_paths(ctx)[::-1]), _HERE)
    try:
        schema = init_overlay(path, moment=datetime.now(UTC).isoformat(timespec="seconds"))
    except FileExistsError:
        problem = f"{path} is there already: mgr registry add and copy write into it"
        raise typer.BadParameter(problem, param_hint="--registry") from None
    say("note", f"wrote {path}, an overlay on the registry below it, and {schema} for editors")
