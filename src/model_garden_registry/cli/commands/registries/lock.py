"""``mgr registry lock``: what models were when they were chosen, and what has changed since."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from model_garden_registry.cli import exit_codes
from model_garden_registry.cli.command import Command, new_app
from model_garden_registry.cli.options import completion
from model_garden_registry.cli.options.naming import taken_ids
from model_garden_registry.cli.options.shared import open_registry
from model_garden_registry.cli.output import say, write_answer
from model_garden_registry.cli.text.wording import count
from model_garden_registry.errors import RegistryNotFoundError
from model_garden_registry.visible_text import visible

app = new_app()


@app.command(cls=Command)
def lock(
    ctx: typer.Context,
    *,
    ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ID",
            show_default="those that are locked",
            help="Models to lock, beside those that are.",
            autocompletion=completion.ids,
        ),
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; name what has changed.")] = False,
    file: Annotated[Path, typer.Option("--file", metavar="FILE", readable=False, help="The lock.")] = Path("mgr.lock"),
) -> None:
    """
    Record what models are, and check it later.

    mgr.lock has for each model the revision, the digests of config.json and of the index of its weights (of the
    copy in the cache of huggingface_hub, if there is one), its licence and the digest of its entry; and the
    digest of the registry. Locked models are recorded anew each time.

    Exit code: 0 written, or --check found nothing; 1 --check found a change; 2 no model is named or locked; 3 the file
    is no lock, or cannot be written.
    """
    from model_garden_registry.lifecycle.local.hub_cache import hub_cache
    from model_garden_registry.lifecycle.locking import drift, lock_models, read_lock, write_lock

    if check and ids:
        raise typer.BadParameter("--check takes no ids: it checks all that are locked")
    registry, cache = open_registry(ctx), hub_cache()
    if check:
        changes = drift(registry, read_lock(file), cache=cache)
        write_answer("\n".join(map(visible, changes)) or "nothing has changed")
        raise typer.Exit(exit_codes.NO if changes else exit_codes.ANSWER)
    try:
        known = list(read_lock(file).models)
    except RegistryNotFoundError:
        known = []
    for gone in [model_id for model_id in known if model_id not in registry]:
        say("warning", f"{gone} is no longer in the registry, and not locked any more")
        known.remove(gone)
    wanted = list(dict.fromkeys([*known, *taken_ids(registry, ids or [])]))
    if not wanted:
        raise typer.BadParameter(f"{file} has no models yet: name those to lock", param_hint="ID")
    moment = datetime.now(UTC).isoformat(timespec="seconds")
    is_written = write_lock(file, lock_models(registry, wanted, cache=cache, moment=moment))
    write_answer(visible(f"{file}: {count(len(wanted), 'model')}{'' if is_written else ', unchanged'}"))
