"""``mgr schema``: the schema of registry files, and files against it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model_garden_registry.cli.command import Command, help_where_alone, new_app
from model_garden_registry.cli.options.reports import AllFindingsOption, FilesArgument, FormatOption, chosen_files
from model_garden_registry.cli.options.shared import JsonOption, chosen_format, screen
from model_garden_registry.cli.output import say, write_json
from model_garden_registry.cli.report_formats import ReportFormat, write_outcomes
from model_garden_registry.reports import shortened

app = new_app(invoke_without_command=True)


@app.callback()
def schema(ctx: typer.Context) -> None:
    """Check registry files; print the schema."""
    help_where_alone(ctx)


@app.command(cls=Command)
def check(
    ctx: typer.Context,
    *,
    files: FilesArgument = None,
    all_findings: AllFindingsOption = False,
    output_format: FormatOption = None,
    as_json: JsonOption = False,
) -> None:
    """
    Check registry files.

    The schema, and for every readable entry the rules across fields. Every error is shown, with
    file, line, column and JSON pointer.

    Exit code: 0 no failure, 1 a failure, 3 a file cannot be opened (the others are still checked).
    """
    from model_garden_registry.checks.entry.registry_files import check_registry_files

    wanted: ReportFormat = chosen_format(output_format, as_json=as_json, default="text")
    outcomes = check_registry_files(chosen_files(ctx, files))
    shown = outcomes if all_findings else shortened(outcomes)
    raise typer.Exit(write_outcomes(shown, wanted, screen=screen(ctx), command="mgr schema check"))


OverlayOption = Annotated[
    bool, typer.Option("--overlay", help="The schema of overlays: files that say `extends`, with every key optional.")
]


@app.command("print", cls=Command)
def print_schema(*, overlay: OverlayOption = False) -> None:
    """Print the JSON schema (draft-07)."""
    from model_garden_registry.bundled import bundled_overlay_schema, bundled_schema
    from model_garden_registry.files.documents import read_document

    write_json(read_document(bundled_overlay_schema() if overlay else bundled_schema()))


@app.command(cls=Command)
def write(
    *,
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE",
            show_default=False,
            readable=False,
            help="Where to write it; without it, storage/ of the checkout that mgr runs from, with that of overlays.",
        ),
    ] = None,
    overlay: OverlayOption = False,
) -> None:
    """
    Write the schema to a file.

    It is generated from the models of this release. Contributors run this after a change of the format. The
    schema of an installed package is not changed: there, name a FILE.
    """
    from model_garden_registry.bundled import bundled_overlay_schema, bundled_schema, checkout_storage
    from model_garden_registry.entries.registry_schema import overlay_schema_text, registry_schema_text
    from model_garden_registry.files.writing.replacing import write_file

    if file is None and checkout_storage() is None:
        raise typer.BadParameter("mgr runs from an installed package, not from a checkout: name a FILE")
    texts = {bundled_schema(): registry_schema_text, bundled_overlay_schema(): overlay_schema_text}
    wanted = {file: overlay_schema_text if overlay else registry_schema_text} if file else texts
    for target, text in wanted.items():
        write_file(target, text().encode(), is_forced=True)
        say("note", f"wrote {target}")
