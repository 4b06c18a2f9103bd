"""``mgr lint``: registry files against the schema, the rules, and what the shapes of the models allow."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from model_garden_registry.cli import exit_codes
from model_garden_registry.cli.command import Command, new_app
from model_garden_registry.cli.options.reports import (
    AllFindingsOption,
    FilesArgument,
    FormatOption,
    StrictOption,
    chosen_files,
)
from model_garden_registry.cli.options.shared import JsonOption, chosen_format, screen
from model_garden_registry.cli.output import say
from model_garden_registry.cli.report_formats import ReportFormat, write_outcomes
from model_garden_registry.files.positions import pointer_text
from model_garden_registry.reports import shortened
from model_garden_registry.units import short_number

if TYPE_CHECKING:
    from model_garden_registry.checks.entry.corrections import CorrectedFile
    from model_garden_registry.checks.entry.derived_requirements import Correction

app = new_app()


@app.command(cls=Command)
def lint(
    ctx: typer.Context,
    *,
    files: FilesArgument = None,
    fix: Annotated[
        bool,
        typer.Option("--fix", help="First rewrite derived memory numbers in the files, and nothing else."),
    ] = False,
    beyond_schema: Annotated[
        bool,
        typer.Option("--beyond-schema", help="Only count the findings of `mgr schema check`, if that runs as well."),
    ] = False,
    strict: StrictOption = False,
    all_findings: AllFindingsOption = False,
    output_format: FormatOption = None,
    as_json: JsonOption = False,
) -> None:
    """
    Check rules and physics.

    The checks of `mgr schema check`, and whether the numbers are possible for the models: sizes, context
    lengths, parallelism, ranks, and the memory that an entry declares.

    --fix computes min_vram_gb and recommended_vram_gb again wherever `sources` says that they are derived; the rest of
    the file is unchanged, byte for byte. Changes are listed on stderr, and the report is about the changed file.

    Exit code: 0 no failure; 1 a failure, or with --strict a warning; 3 a file cannot be opened (the others are
    still checked), or --fix cannot write one.
    """
    from model_garden_registry.checks.entry.registry_files import lint_registry_files

    wanted: ReportFormat = chosen_format(output_format, as_json=as_json, default="text")
    chosen = chosen_files(ctx, files)
    is_fixed = _fix(chosen) if fix else True
    outcomes = lint_registry_files(chosen, beyond_schema=beyond_schema)
    shown = outcomes if all_findings else shortened(outcomes)
    code = write_outcomes(shown, wanted, screen=screen(ctx), command="mgr lint", strict=strict)
    raise typer.Exit(code if is_fixed else exit_codes.NO_ANSWER)


def _fix(files: list[Path]) -> bool:
    """Rewrite derived numbers, list them, and return whether all of them were written."""
    from model_garden_registry.checks.entry.corrections import correct_registry_files

    corrected = correct_registry_files(files)
    for file in corrected:
        for one in file.kept:
            say("warning", f"{_place(file, one)}: kept at {short_number(one.old)}: {one.new} {one.obstacle}")
        for one in file.written:
            say("note", f"{_place(file, one)}: {short_number(one.old)} → {one.new}")
        if file.problem is not None:
            say("error", str(file.problem))
    return all(file.problem is None for file in corrected)


def _place(file: CorrectedFile, correction: Correction) -> str:
    return f"{file.path}: {pointer_text(correction.where)}"
