"""``mgr registry scan``: models on this machine, and which of them the registry has."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from model_garden_registry.cli.command import Command, new_app
from model_garden_registry.cli.options.shared import JsonOption, open_registry
from model_garden_registry.cli.output import say, write_answer, write_json
from model_garden_registry.cli.text.wording import aligned, count
from model_garden_registry.files.reading import is_folder
from model_garden_registry.units import gigabytes_text
from model_garden_registry.visible_text import visible

if TYPE_CHECKING:
    from model_garden_registry.lifecycle.local.scanning import FoundModel

app = new_app()


@app.command(cls=Command)
def scan(
    ctx: typer.Context,
    *,
    folders: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FOLDER",
            show_default=False,
            readable=False,
            help="Folders of models, beside the cache of huggingface_hub.",
        ),
    ] = None,
    organisation: Annotated[
        str | None,
        typer.Option(
            "--hub",
            metavar="ORG",
            show_default=False,
            help="Instead, draft entries for what is new of an organisation on the Hugging Face Hub.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """
    List the models on this machine, and which of them the registry has.

    Models are those in the cache of huggingface_hub (HF_HUB_CACHE, else HF_HOME, else its default), and in and
    below the folders: each folder with a config.json or an adapter_config.json. Below a model that has no entry is
    the command that makes one; below a broken download, what is missing. Nothing is downloaded.

    --hub asks the Hub (HF_ENDPOINT) for the newest models of an organisation, and prints an entry for each that the
    registry has not, ready to paste, its status experimental. It needs the extra hub.

    Exit code: 0, whatever is found; 3 a folder is not there, or the Hub gives no answer.
    """
    if organisation is not None:
        if folders:
            raise typer.BadParameter("name folders, or an organisation with --hub, and not both")
        _draft(ctx, organisation, as_json=as_json)
        return
    from model_garden_registry.files.location import NamedBy
    from model_garden_registry.lifecycle.local.hub_cache import hub_cache
    from model_garden_registry.lifecycle.local.scanning import scan_models

    cache = hub_cache()
    registry = open_registry(ctx)
    found = scan_models(registry, cache, folders or ())
    if as_json:
        from model_garden_registry.payloads.registries import scan_document

        write_json(scan_document(found, cache=cache))
    else:
        write_answer("\n".join([_head(found, cache, folders or ()), *_lines(found)]))
        if any(model.command for model in found) and registry.layers[-1].named_by is NamedBy.SHIPPED:
            say("note", "the shipped registry is read-only: before mgr new --write, mgr registry init begins your own")


def _draft(ctx: typer.Context, organisation: str, *, as_json: bool) -> None:
    """Write drafts of entries to stdout, and what has none to stderr."""
    from model_garden_registry.files.writing.additions import document_text
    from model_garden_registry.lifecycle.drafting import draft_new_models

    drafts = draft_new_models(open_registry(ctx), organisation, as_of=datetime.now(UTC).date().isoformat())
    for model_id, words in drafts.problems.items():
        say("warning", f"{model_id}: no draft: {words}")
    known = f"{count(drafts.others, 'other model')} of {organisation}: known, or not for text"
    say("note", f"{count(len(drafts.entries), 'draft')}; {known}")
    if as_json:
        from model_garden_registry.payloads.registries import drafts_document

        write_json(drafts_document(drafts, organisation=organisation))
    elif drafts.entries:
        write_answer(document_text(drafts.entries))


def _head(found: Sequence[FoundModel], cache: Path, folders: Sequence[Path]) -> str:
    places = [str(cache) if is_folder(cache) else f"{cache} (not there)", *map(str, folders)]
    total = gigabytes_text(sum(model.size_bytes for model in found))
    return visible(f"{count(len(found), 'model')}, {total}, in {', '.join(places)}")


def _lines(found: Sequence[FoundModel]) -> list[str]:
    """Return a line for each model, and below it what is missing and the command that adds it."""
    columns = [
        [visible(model.id) for model in found],
        [gigabytes_text(model.size_bytes) for model in found],
        [_state(model) for model in found],
    ]
    lines = []
    for line, model in zip(aligned(columns, right=(False, True)), found, strict=True):
        below = [*(f"broken: {words}" for words in model.broken), *([model.command] if model.command else [])]
        lines += [line, *(f"    {visible(one)}" for one in below)]
    return lines


def _state(model: FoundModel) -> str:
    if model.base_model is not None:
        words = f"adapter of {model.base_model}"
    elif model.entry is not None:
        words = "in the registry" if model.entry == model.id else f"in the registry as {model.entry}"
    else:
        words = "not in the registry"
    return visible(f"{words}; {model.note}" if model.note else words)
