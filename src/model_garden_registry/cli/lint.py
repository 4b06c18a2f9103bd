"""``mgr lint``: registry files against the schema, the rules, and what the shapes of the models allow."""

from __future__ import annotations

import typer

from model_garden_registry.cli.command import Command, new_app
from model_garden_registry.cli.report_formats import write_outcomes
from model_garden_registry.cli.report_options import FilesArgument, FormatOption, StrictOption
from model_garden_registry.cli.shared_options import JsonOption, chosen_format, registry_path, screen

app = new_app()


@app.command(cls=Command)
def lint(
    ctx: typer.Context,
    files: FilesArgument = None,
    strict: StrictOption = False,
    output_format: FormatOption = None,
    as_json: JsonOption = False,
) -> None:
    """
    Check rules and physics.

    These are the checks of `mgr schema check`, and whether the numbers can be true of the models: sizes, context
    lengths, parallelism, ranks.

    Exit code: 0 no failure; 1 a failure, or under --strict a warning; 3 a file cannot be opened (the others are
    still checked).
    """
    from model_garden_registry.checks.registry_files import lint_registry_file
    from model_garden_registry.cli.file_checks import check_files, registry_files

    wanted = chosen_format(output_format, as_json=as_json, default="text")
    outcomes = check_files(lint_registry_file, registry_files(files, registry_path(ctx)))
    raise typer.Exit(write_outcomes(outcomes, wanted, screen=screen(ctx), command="mgr lint", strict=strict))
