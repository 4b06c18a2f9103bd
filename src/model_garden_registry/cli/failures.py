"""Messages and exit codes where there is no answer: a library error, a full disk, a bug."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import pairwise, takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from model_garden_registry.cli import exit_codes
from model_garden_registry.cli.output import UnwrittenAnswerError, say, say_lines, write_json
from model_garden_registry.errors import RegistryError

if TYPE_CHECKING:
    from traceback import TracebackException

#: The folder of the package; places in tracebacks are named from its parent.
_PACKAGE = Path(__file__).parents[1]
#: A message of another library is cut after this many characters.
_LONGEST = 200


class UnforeseenError(Exception):
    """Wraps an exception that Typer would swallow as the end of the terminal."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


def exit_code_of(run: Callable[[], int], *, as_json: bool = False) -> int:
    """
    Run a program and return its exit code, however it ends.

    Args:
        run: The program; it returns its exit code.

        as_json: Whether an error is also a JSON document on stdout.
    """
    try:
        try:
            return run()
        except RegistryError as error:
            return report_error(error, as_json=as_json)
        except UnforeseenError as error:
            return _report_bug(error.error, as_json=as_json)
    except KeyboardInterrupt:
        return exit_codes.INTERRUPTED
    except UnwrittenAnswerError as error:
        say("error", f"the answer cannot be written: {error}")
        return exit_codes.NO_ANSWER
    except Exception as error:  # noqa: BLE001  (what nothing else has foreseen)
        return _report_bug(error, as_json=as_json)


def report_error(error: RegistryError, *, as_json: bool) -> int:
    """
    Report an error of the library, and return the exit code.

    Raises:
        UnwrittenAnswerError: The document cannot be written to stdout.
    """
    if as_json:
        from model_garden_registry.payloads.errors import error_document

        write_json(error_document(error))
    say("error", str(error))
    return exit_codes.for_error(error)


def asks_for_json(arguments: Sequence[str]) -> bool:
    """Return whether unparsed arguments ask for JSON."""
    ours = [*takewhile(lambda argument: argument != "--", arguments)]
    return bool({"--json", "--format=json"} & {*ours}) or ("--format", "json") in pairwise(ours)


def _report_bug(error: Exception, *, as_json: bool) -> int:
    """Report a bug of this program: where it is, and how to report it; ``MGR_TRACEBACK`` prints the traceback."""
    from traceback import TracebackException

    told = TracebackException.from_exception(error)
    what = ": ".join(filter(None, (type(error).__name__, _shortened(str(told)))))
    message = (
        f"this is a bug in mgr: {what}, at {_place(told)}; please report it in the issue tracker of "
        "model-garden-registry, with the command and what MGR_TRACEBACK=1 in its environment shows"
    )
    if as_json:
        from model_garden_registry.payloads.errors import failure_document

        with suppress(UnwrittenAnswerError):
            write_json(failure_document(error, message))
    if os.environ.get("MGR_TRACEBACK", "").strip() not in ("", "0"):
        say_lines("".join(told.format()).splitlines())
    say("error", message)
    return exit_codes.UNFORESEEN


def _place(told: TracebackException) -> str:
    """Return file and line of the last frame in this package; deeper frames are other libraries'."""
    steps = [(Path(step.filename), step.lineno) for step in told.stack]
    path, line = next((step for step in reversed(steps) if step[0].is_relative_to(_PACKAGE)), steps[-1])
    name = path.relative_to(_PACKAGE.parent).as_posix() if path.is_relative_to(_PACKAGE) else path.name
    return f"{name}:{line}"


def _shortened(message: str) -> str:
    text = " ".join(message.split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
