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

    Writes an empty overlay to where --registry, MGR_REGISTRY or `registry` in mgr.toml says, else to
    ./storage/models_registry.json, and its schema beside it, so that an editor completes and explains every field. A
    file that is there stays.

    Exit code: 0 it is written; 2 there is a file; 3 it cannot be written.
    """
    from model_garden_registry.files.location import NamedBy, find_registry
    from model_garden_registry.lifecycle.own_models import init_overlay

    location = find_registry(registry_paths(ctx))
    is_named = location.named_by in {NamedBy.ARGUMENT, NamedBy.ENVIRONMENT, NamedBy.CONFIGURATION}
    path = location.path if is_named else _HERE
    try:
        schema = init_overlay(path, moment=datetime.now(UTC).isoformat(timespec="seconds"))
    except FileExistsError:
        problem = f"{path} is there already: mgr registry add and copy write into it"
        raise typer.BadParameter(problem, param_hint="--registry") from None
    say("note", f"wrote {path}, an overlay on the registry below it, and {schema} for editors")
