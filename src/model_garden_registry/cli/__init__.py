"""
The command line: it parses, calls one verb of the library, shows one value.

A file of this folder imports only from files above it in this list:

- exit_codes: the exit codes.
- output: answers to stdout, messages to stderr, and what a terminal can show.
- failures: messages and exit codes where there is no answer.
- text: wording for people.
- report_formats: reports in the chosen format, and their exit code.
- slips: command lines with words in another order, or of other tools.
- options: options that several commands share.
- usage: messages about wrong arguments.
- command: a command or group that takes the shared options, and that turns errors into exit codes.
- lazy_group: a group whose commands are imported when they are used.
- registry_places: lines of the registry file for the models of reports.
- commands: one file for each command, in the groups of `mgr --help`.
- app: all commands together.
- schema_hook: the entry of the pre-commit hook.
"""

from __future__ import annotations

import gc
import os
import sys


def main() -> None:
    """Run ``mgr`` with the arguments of this process."""
    try:
        from model_garden_registry.cli.failures import asks_for_json, exit_code_of  # late: as all imports below
    except KeyboardInterrupt:
        sys.exit(130)  # ``exit_codes.INTERRUPTED``, which is not imported yet

    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")  # plugins of other packages: not ours, and slow to find
    code = exit_code_of(_run, as_json=asks_for_json(sys.argv[1:]))
    gc.freeze()  # the interpreter walks all that is left when it ends, a million objects after some questions
    sys.exit(code)


def _run() -> int:
    from model_garden_registry.cli.app import app  # late: other programs of this package do not need Typer

    code: int = app(prog_name="mgr", standalone_mode=False)
    return code
