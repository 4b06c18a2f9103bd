"""``mgr registry status``: the files that the registry is made of, and the remote registry."""

from __future__ import annotations

import typer

from model_garden_registry.cli.command import Command, new_app
from model_garden_registry.cli.options.shared import JsonOption, open_registry, screen
from model_garden_registry.cli.output import write_answer, write_json

app = new_app()


@app.command(cls=Command)
def status(ctx: typer.Context, *, as_json: JsonOption = False) -> None:
    """
    List the files that the registry is made of.

    The strongest first, each with what names it, how many models it states, and its date; then the configured remote
    registry: its last download, and whether that can be used. The network is not used.
    """
    from model_garden_registry.cli.text.registries.remotes import status_page
    from model_garden_registry.files.configuration import configured_remote
    from model_garden_registry.lifecycle.remote.standing import standing_of
    from model_garden_registry.lifecycle.remote.updating import is_offline

    layers = open_registry(ctx).layers
    remote = configured_remote()
    standing = standing_of(remote) if remote else None
    if as_json:
        from model_garden_registry.payloads.registries import status_document

        write_json(status_document(layers, standing, is_offline=is_offline()))
    else:
        write_answer(status_page(layers, standing, screen(ctx), is_offline=is_offline()))
