"""``mgr lint``: registry files against the schema, the rules, and what the shapes of the models allow."""

from __future__ import annotations

from typing import Annotated

import typer

from model_garden_registry.cli import exit_codes
from model_garden_registry.cli.command import Command, new_app
from model_garden_registry.cli.options.reports import FilesArgument, FormatOption, StrictOption
from model_garden_registry.cli.options.shared import JsonOption, chosen_format, registry_path, screen
from model_garden_registry.cli.report_formats import write_outcomes

app = new_app()


@app.command(cls=Command)
def lint(
    ctx: typer.Context,
    *,
    files: FilesArgument = None,
    fix: Annotated[
        bool,
        typer.Option(
            "--fix", help="First write what derived memory numbers should be, and nothing else, to the files."
        ),
    ] = False,
    strict: StrictOption = False,
    output_format: FormatOption = None,
    as_json: JsonOption = False,
) -> None:
    """
    Check rules and physics.

    These are the checks of `mgr schema check`, and whether the numbers can be true of the models: sizes, context
    lengths, parallelism, ranks, and the memory that an entry declares.

    --fix computes min_vram_gb and recommended_vram_gb anew wherever `sources` says that they are derived; the rest of
    the file stays as it is, byte for byte. What it changes is said on stderr, and the report is of the changed file.

    Exit code: 0 no failure; 1 a failure, or under --strict a warning; 3 a file cannot be opened (the others are
    still checked), or --fix cannot write one.
    """
    from model_garden_registry.checks.entry.registry_files import lint_registry_file
    from model_garden_registry.cli.file_checks import check_files, registry_files
    from model_garden_registry.cli.file_fixes import fix_files

    wanted = chosen_format(output_format, as_json=as_json, default="text")
    named = registry_files(files, registry_path(ctx))
    are_written = fix_files(named) if fix else True
    outcomes = check_files(lint_registry_file, named)
    code = write_outcomes(outcomes, wanted, screen=screen(ctx), command="mgr lint", strict=strict)
    raise typer.Exit(code if are_written else exit_codes.NO_ANSWER)
