"""``mgr registry copy``: an entry, copied into one's own registry."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from model_garden_registry.cli.command import Command, new_app
from model_garden_registry.cli.options import completion
from model_garden_registry.cli.options.naming import taken_id
from model_garden_registry.cli.options.shared import open_own_registry
from model_garden_registry.cli.output import say

app = new_app()


@app.command(cls=Command)
def copy(
    ctx: typer.Context,
    *,
    model_id: Annotated[
        str, typer.Argument(metavar="ID", show_default=False, help="The entry.", autocompletion=completion.ids)
    ],
    new_id: Annotated[
        str | None,
        typer.Argument(metavar="[ORG/MODEL]", show_default=False, help="Another id: the same weights elsewhere."),
    ] = None,
) -> None:
    """
    Copy an entry into your own registry, to edit it there.

    The copy is whole, and no longer follows the registry below: to change a few values, state these alone. With a
    second id it is the entry of the same weights at another place, such as a mirror.

    Exit code: 0 it is written; 2 an unknown model, or an id that is there; 3 the entry is not valid, or cannot
    be written.
    """
    from model_garden_registry.authoring.relatives import copy_of
    from model_garden_registry.checks.entry.ids import is_plain
    from model_garden_registry.lifecycle.own_models import add_model, own_file

    if new_id is not None and not is_plain(new_id):
        raise typer.BadParameter(f"{new_id!r} is not a repository: write it as ORG/MODEL", param_hint="ORG/MODEL")
    registry = open_own_registry(ctx)
    path = own_file(registry.layers)
    key = registry.key(taken_id(registry, model_id))
    entry = copy_of(registry.raw(registry[key].id), new_id or key)  # an entry that is not valid is refused
    moment = datetime.now(UTC).isoformat(timespec="seconds")
    may_cover = new_id is None
    add_model(registry.layers, entry, categories=registry.get_categories(), moment=moment, may_cover=may_cover)
    say("note", f"wrote {entry['id']} to {path}")
