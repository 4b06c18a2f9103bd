"""``mgr diff``: what changed between two registries."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, assert_never

import typer

from model_garden_registry.cli.command import Command, new_app
from model_garden_registry.cli.options.shared import JsonOption, chosen_format, screen
from model_garden_registry.cli.output import write_answer, write_json

DiffFormat = Literal["text", "json", "markdown"]

app = new_app()


@app.command(cls=Command)
def diff(
    ctx: typer.Context,
    *,
    old: Annotated[
        Path, typer.Argument(metavar="OLD", show_default=False, readable=False, help="Registry file before.")
    ],
    new: Annotated[
        Path, typer.Argument(metavar="NEW", show_default=False, readable=False, help="Registry file after.")
    ],
    output_format: Annotated[
        DiffFormat | None, typer.Option("--format", show_default="text", help="How to write it; markdown: a changelog.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """
    Show what changed between files.

    Models, their fields, categories, format version. A model counts as renamed if the new one lists the old id
    among its aliases. Entries are compared as raw JSON, valid or not.

    Exit code: 0 whether or not something changed; 3 a file is no registry.
    """
    from model_garden_registry.catalogue.differences import find_differences

    wanted: DiffFormat = chosen_format(output_format, as_json=as_json, default="text")
    differences = find_differences(*map(_read, (old, new)))
    match wanted:
        case "json":
            from model_garden_registry.payloads.catalogue import differences_document

            write_json(differences_document(differences, old=str(old), new=str(new)))
        case "markdown":
            from model_garden_registry.cli.text.differences import differences_markdown

            write_answer(differences_markdown(differences))
        case "text":
            from model_garden_registry.cli.text.differences import differences_text

            write_answer(differences_text(differences, screen(ctx)))
        case _:
            assert_never(wanted)


def _read(path: Path) -> dict[str, object]:
    """Return the raw document of a file that is a registry: its head must be valid."""
    from model_garden_registry.files.layering import load_registry_file

    return load_registry_file(path).document
