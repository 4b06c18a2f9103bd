"""``mgr registry add``: a fine-tune of a known model."""

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
def add(
    ctx: typer.Context,
    *,
    model_id: Annotated[str, typer.Argument(metavar="ORG/MODEL", show_default=False, help="Id of the fine-tune.")],
    like: Annotated[
        str,
        typer.Option(
            "--like",
            metavar="ID",
            show_default=False,
            help="The model it was made from.",
            autocompletion=completion.ids,
        ),
    ],
    pairs: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="A default that differs from the base's, such as max_seq_length=8k; may be repeated.",
            autocompletion=completion.settings,
        ),
    ] = None,
) -> None:
    """
    Add a fine-tune of a known model.

    The entry has the shape, defaults and requirements of the base, and names it in `base_model`: every verdict on it is
    that of the base. With --set, requirements are computed again. It goes into the registry in use, which must be your
    own: `mgr registry init` makes one. A model of another shape is `mgr new`.

    Exit code: 0 it is added; 2 an unknown base or setting, or an id that the registry has; 3 the base is not
    valid, or the entry cannot be written.
    """
    from model_garden_registry.authoring.relatives import fine_tune_of
    from model_garden_registry.checks.entry.ids import is_plain
    from model_garden_registry.entries.settings.merging import parse_overrides
    from model_garden_registry.lifecycle.own_models import add_model, own_file

    if "/" not in model_id or not is_plain(model_id):
        raise typer.BadParameter(f"{model_id!r} is not a repository: write it as ORG/MODEL", param_hint="ORG/MODEL")
    registry, now = open_own_registry(ctx), datetime.now(UTC)
    path = own_file(registry.layers)
    base = registry[taken_id(registry, like)].model_dump(mode="json", by_alias=True, exclude_unset=True)
    entry = fine_tune_of(base, model_id, changes=parse_overrides(pairs or ()), as_of=now.date().isoformat())
    moment = now.isoformat(timespec="seconds")
    add_model(registry.layers, entry, categories=registry.get_categories(), moment=moment)
    say("note", f"wrote {model_id}, like {base['id']}, to {path}")
