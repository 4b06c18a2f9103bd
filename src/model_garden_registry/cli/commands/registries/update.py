"""``mgr registry update``: the configured remote registry, downloaded if it has changed."""

from __future__ import annotations

import typer

from model_garden_registry.cli.command import Command, new_app
from model_garden_registry.cli.options.shared import JsonOption, screen
from model_garden_registry.cli.output import write_answer, write_json

app = new_app()


@app.command(cls=Command)
def update(ctx: typer.Context, *, as_json: JsonOption = False) -> None:
    """
    Download the configured remote registry.

    `[remote]` in mgr.toml, or [tool.mgr.remote] in pyproject.toml, has the address: `url = "https://…"` or
    "s3://BUCKET/KEY", with a `sha256` to take only that registry. What is downloaded is checked before it replaces the
    last good download. This is the only command that downloads it; with MGR_OFFLINE=1 it says what is there.

    Exit code: 0 the registry is up to date, or MGR_OFFLINE is set and one is there; 3 none is configured, or the
    address gives none that can be used, and the last good one stays.
    """
    from model_garden_registry.cli.text.registries.remotes import update_page
    from model_garden_registry.lifecycle.remote.standing import standing_of
    from model_garden_registry.lifecycle.remote.updating import update_registry

    done = update_registry()
    standing = standing_of(done.remote)
    if as_json:
        from model_garden_registry.payloads.registries import update_document

        write_json(update_document(done, standing))
    else:
        write_answer(update_page(done, standing, screen(ctx)))
