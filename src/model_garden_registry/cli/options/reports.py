"""Options of every command that reports: the files, the format, what counts as a failure."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model_garden_registry.cli.options.shared import registry_path
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
    typer.Option("--quiet", "-q", help="Leave notes out, of text and of annotations."),
]
AllFindingsOption = Annotated[
    bool, typer.Option("--all-findings", help="Show every finding, not only the 1,000 heaviest of each file.")
]
StrictOption = Annotated[bool, typer.Option("--strict", help="Let warnings fail as well (exit code 1).")]

RequireOption = Annotated[bool, typer.Option("--require-gpu", help="Let a model fail whose hardware was not checked.")]
NowOption = Annotated[
    bool, typer.Option("--now", help="Let a model fail whose memory is not free now, not only too small.")
]
DeprecatedOption = Annotated[
    bool, typer.Option("--allow-deprecated", help="Let a model pass that is deprecated, if nothing else fails.")
]


def chosen_files(ctx: typer.Context, named: list[Path] | None) -> list[Path]:
    """
    Return the files to check: those that are named, else the registry in use.

    Raises:
        RegistryReadError: No file is named, and the configuration that would name one cannot be read.
    """
    from model_garden_registry.files.location import find_registry

    return named or [find_registry(registry_path(ctx)).path]
