"""``mgr registry lock``: what models were when they were chosen, and what has changed since."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from model_garden_registry.cli import exit_codes
from model_garden_registry.cli.command import Command, new_app
from model_garden_registry.cli.options import completion
from model_garden_registry.cli.options.naming import taken_ids
from model_garden_registry.cli.options.shared import open_registry
from model_garden_registry.cli.output import say, write_answer
from model_garden_registry.cli.text.wording import count
from model_garden_registry.errors import RegistryNotFoundError, RegistryReadError, UnknownModelError
from model_garden_registry.visible_text import visible

if TYPE_CHECKING:
    from model_garden_registry.registry.model_registry import ModelRegistry

#: Most ids that warnings name one by one.
_NAMED = 5

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
        try:
            changes = drift(registry, read_lock(file), cache=cache)
        except RegistryNotFoundError:
            raise RegistryReadError(file, "no such lock: mgr registry lock ID… makes one", code="not-found") from None
        write_answer("\n".join(map(visible, changes)) or "nothing has changed")
        raise typer.Exit(exit_codes.NO if changes else exit_codes.ANSWER)
    try:
        known = list(read_lock(file).models)
    except RegistryNotFoundError:
        known = []
    wanted = list(dict.fromkeys([*_still_there(registry, known), *taken_ids(registry, ids or [])]))
    if not wanted:
        problem = "has no models any more" if known else "has no models yet"
        raise typer.BadParameter(f"{file} {problem}: name those to lock", param_hint="ID")
    moment = datetime.now(UTC).isoformat(timespec="seconds")
    is_written = write_lock(file, lock_models(registry, wanted, cache=cache, moment=moment))
    write_answer(visible(f"{file}: {count(len(wanted), 'model')}{'' if is_written else ', unchanged'}"))


def _still_there(registry: ModelRegistry, locked: list[str]) -> list[str]:
    """Return the ids that locked models have now, with a warning for those that are gone."""
    now: list[str] = []
    gone: list[str] = []
    for model_id in locked:
        try:
            now.append(registry.key(model_id))
        except UnknownModelError:
            gone.append(model_id)
    if gone:
        more = f" and {len(gone) - _NAMED} more" if len(gone) > _NAMED else ""
        words = "is" if len(gone) == 1 else "are"
        say("warning", f"{', '.join(gone[:_NAMED])}{more} {words} no longer in the registry, and not locked any more")
    return now
