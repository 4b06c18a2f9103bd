"""
The command line: it parses, calls one verb of the library, shows one value.

A file of this wing imports only from files above it in this list:

- exit_codes: what a process says of itself when it ends.
- output: the answer to stdout, the talk to stderr, and what a terminal can show.
- failures: what is said where there is no answer.
- text: wording for people.
- report_formats: reports in the format asked for, and their exit code.
- slips: command lines in another order, or in the words of other tools.
- options: options that several commands share.
- usage: what is wrong with the arguments.
- command: a command or group that takes the shared options, and that turns errors into exit codes.
- registry_places: where in the registry file the models of reports stand.
- commands: one file for each command, in the groups of `mgr --help`.
- app: all commands together.
- schema_hook: the entry of the pre-commit hook.
"""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run ``mgr`` with the arguments of this process."""
    try:
        from model_garden_registry.cli.failures import asks_for_json, exit_code_of  # late: as everything below
    except KeyboardInterrupt:
        sys.exit(130)  # ``exit_codes.INTERRUPTED``, of which nothing may be loaded yet

    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")  # other packages' plugins: not ours, and slow to look for
    sys.exit(exit_code_of(_run, as_json=asks_for_json(sys.argv[1:])))


def _run() -> int:
    from model_garden_registry.cli.app import app  # late: other programs of this wing do without Typer

    code: int = app(prog_name="mgr", standalone_mode=False)
    return code
