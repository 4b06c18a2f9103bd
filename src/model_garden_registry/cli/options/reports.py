"""Options of every command that reports: the files, the format, what counts as a failure."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model_garden_registry.cli.options.shared import registry_paths
from model_garden_registry.cli.report_formats import ReportFormat

FilesArgument = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="FILE", show_default=False, readable=False, help="Registry files; without one, the registry in use."
    ),
]
FormatOption = Annotated[
    ReportFormat | None,
    typer.Option(
        "--format",
        show_default="text",
        help="text for people; json; github: annotations; sarif: SARIF 2.1.0; junit: JUnit XML.",
    ),
]
QuietOption = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="Leave out notes in text and annotations."),
]
AllFindingsOption = Annotated[
    bool, typer.Option("--all-findings", help="Show all findings, not only the 1,000 most severe of each file.")
]
StrictOption = Annotated[bool, typer.Option("--strict", help="Fail on warnings as well (exit code 1).")]

RequireOption = Annotated[bool, typer.Option("--require-gpu", help="Fail if hardware was not checked.")]
NowOption = Annotated[
    bool, typer.Option("--now", help="Fail if the memory is not free now, not only if it is too small.")
]
DeprecatedOption = Annotated[bool, typer.Option("--allow-deprecated", help="Do not fail a model for being deprecated.")]


def chosen_files(ctx: typer.Context, named: list[Path] | None) -> list[Path]:
    """
    Return the files to check: those that are named, else the registry in use.

    Raises:
        RegistryReadError: No file is named, and the configuration that would name one cannot be read.
    """
    from model_garden_registry.files.location import find_registry

    return named or [find_registry(registry_paths(ctx)).path]
