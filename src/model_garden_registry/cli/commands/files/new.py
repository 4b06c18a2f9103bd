"""``mgr new``: an entry for a model from its own config.json."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

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
        _insert(registry_path(ctx), model_id, entry)
    if as_json:
        from model_garden_registry.payloads.entries import entry_document

        write_json(entry_document(entry))
    elif not write:
        write_answer(_text(entry))


def _insert(named: Path | None, model_id: str, entry: dict[str, Any]) -> None:
    """Put an entry at the end of a registry file."""
    from model_garden_registry.files.documents import parse_document, read_bytes
    from model_garden_registry.files.edits import rewrite_file
    from model_garden_registry.files.loading import RegistryFile
    from model_garden_registry.files.location import find_registry

    path = find_registry(named).path
    before = read_bytes(path)
    document = parse_document(before, path)
    if model_id in RegistryFile(document, path).models:
        raise typer.BadParameter(f"{path} has an entry {model_id!r} already", param_hint="ORG/MODEL")
    after = {**document, "models": {**document["models"], model_id: entry}}
    rewrite_file(path, f"{_text(after)}\n".encode(), read=before)
    say("note", f"wrote {model_id} to {path}")


def _text(document: dict[str, Any]) -> str:
    """Write a document as registry files are written: one value a line."""
    import json

    return json.dumps(document, indent=2, ensure_ascii=False)
