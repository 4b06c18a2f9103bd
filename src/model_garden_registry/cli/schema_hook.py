"""``mgr-schema-check``, the entry of the pre-commit hook: ``mgr schema check`` without the start-up time of Typer."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Report an error as ``mgr`` does, with invisible characters escaped."""
        from model_garden_registry.cli import exit_codes
        from model_garden_registry.cli.output import say

        say("error", message)
        say("note", f"{self.prog} --help shows what it takes")
        sys.exit(exit_codes.INVALID_USAGE)


def main(arguments: Sequence[str] | None = None) -> None:
    """Check the files that the arguments name, write the same text as ``mgr schema check``, and end the process."""
    parser = _Parser(
        prog="mgr-schema-check",
        description="Check registry files against the schema and the rules across fields. "
        "As `mgr schema check`, in text only.",
        allow_abbrev=False,
    )
    parser.add_argument("files", metavar="FILE", nargs="*", type=Path, help="without one: the registry in use")
    files: list[Path] = parser.parse_args(arguments).files

    try:
        from model_garden_registry.cli.failures import exit_code_of  # late: --help needs none of it
    except KeyboardInterrupt:
        sys.exit(130)  # ``exit_codes.INTERRUPTED``, of which nothing may be loaded yet

    sys.exit(exit_code_of(lambda: _check(files)))


def _check(files: list[Path]) -> int:
    from model_garden_registry.checks.entry.registry_files import check_registry_files
    from model_garden_registry.cli.output import read_screen
    from model_garden_registry.cli.report_formats import write_outcomes
    from model_garden_registry.reports import shortened

    outcomes = check_registry_files(files or [_in_use()])
    return write_outcomes(shortened(outcomes), "text", screen=read_screen(), command="mgr schema check")


def _in_use() -> Path:
    from model_garden_registry.files.location import find_registry

    return find_registry(None).path
