"""``mgr site``: the registry as files for any web server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model_garden_registry.cli.command import Command, help_where_alone, new_app
from model_garden_registry.cli.options.shared import JsonOption, registry_paths
from model_garden_registry.cli.output import say, write_answer, write_json
from model_garden_registry.visible_text import visible

app = new_app(invoke_without_command=True)


@app.callback()
def site(ctx: typer.Context) -> None:
    """Write the registry as files for any web server."""
    help_where_alone(ctx)


@app.command(cls=Command)
def build(
    ctx: typer.Context,
    *,
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", show_default=False, readable=False, help="Where to write the files.")
    ],
    as_json: JsonOption = False,
) -> None:
    """
    Write the registry in use as files for any web server.

    `registry-SHA256.json` is the registry, overlays merged, under its digest, so that it may be cached forever;
    `index.json` names it, and is what `[remote]` in mgr.toml names for others. Files of earlier runs stay. With --json,
    the index is also the answer.
    """
    from model_garden_registry.files.remote_cache import is_newer, shipped_date
    from model_garden_registry.lifecycle.remote.publishing import publish_registry

    published = publish_registry(folder, registry=registry_paths(ctx))
    if as_json:
        from model_garden_registry.lifecycle.remote.indexes import index_document

        write_json(index_document(published.facts))
    else:
        write_answer("\n".join(visible(str(path)) for path in (published.registry_file, published.index_file)))
    if not is_newer(date := published.facts.last_updated, shipped_date()):
        rule = "readers use it only where the shipped registry is older"
        say("note", f"its last_updated is {date}: {rule}; if your file has changed, raise last_updated in it")
