"""``mgr new``: an entry for a model from its own config.json."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from model_garden_registry.cli.command import Command, new_app
from model_garden_registry.cli.options.shared import JsonOption, registry_path
from model_garden_registry.cli.output import say, write_answer, write_json

#: What a repository is called on Hugging Face.
_REPOSITORY = re.compile(r"[A-Za-z0-9._-]+/[A-Za-z0-9._-]+")

app = new_app()


@app.command(cls=Command)
def new(
    ctx: typer.Context,
    *,
    model_id: Annotated[str, typer.Argument(metavar="ORG/MODEL", show_default=False, help="Hugging Face repository.")],
    config: Annotated[
        Path, typer.Option("--config", exists=True, dir_okay=False, show_default=False, help="The model's config.json.")
    ],
    index: Annotated[
        Path | None,
        typer.Option(
            "--index",
            exists=True,
            dir_okay=False,
            show_default=False,
            help="Its model.safetensors.index.json: how large it is. Needed for images and for mixed layers.",
        ),
    ] = None,
    kind: Annotated[
        Literal["base", "chat", "reasoning"] | None,
        typer.Option("--kind", show_default="as its name says", help="What it was trained for."),
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Put it at the end of the registry file instead.")] = False,
    as_json: JsonOption = False,
) -> None:
    """
    Make a complete entry for a model from its own config.json.

    Shape and number format are read from the file, defaults follow docs/defaults-policy.md, requirements the memory
    model. Nothing is downloaded. The entry is printed ready to be pasted; JSON is the document of `mgr show`. What
    config.json does not tell (licence, languages, date, tools) is yours to add.

    Exit code: 0 here is the entry; 2 an architecture that is not known here, or an id that the registry has; 3 a file
    that does not tell enough.
    """
    from model_garden_registry.authoring.own_config import entry_from_config
    from model_garden_registry.files.documents import read_document
    from model_garden_registry.files.edits import add_entry, document_text
    from model_garden_registry.files.location import find_registry

    if not _REPOSITORY.fullmatch(model_id):
        raise typer.BadParameter(f"{model_id!r} is no repository: write it as ORG/MODEL", param_hint="ORG/MODEL")
    entry = entry_from_config(
        model_id,
        read_document(config),
        path=config,
        index=read_document(index) if index else None,
        kind=kind,
        as_of=datetime.now(UTC).date().isoformat(),
    )
    if write:
        path = find_registry(registry_path(ctx)).path
        add_entry(path, entry)
        say("note", f"wrote {model_id} to {path}")
    if as_json:
        from model_garden_registry.payloads.entries import entry_document

        write_json(entry_document(entry))
    elif not write:
        write_answer(document_text(entry))
