"""Answers to stdout, messages to stderr, and what a terminal can show."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TextIO

from model_garden_registry.visible_text import MARKS, visible

if TYPE_CHECKING:
    from rich.console import RenderableType

ColorChoice = Literal["auto", "always", "never"]

#: The most columns: every column of a line takes memory, whatever width ``COLUMNS`` states.
_WIDEST = 1000
#: Trailing spaces of a line, with the escapes that colour them.
_BLANK_END = re.compile(r"(?: |\x1b\[[0-9;]*m)+$")
#: The start of a GitHub Actions command; a carriage return ends a line there as well.
_COMMAND_START = re.compile(r"((?:^|\r)\s*):(?=:)", re.MULTILINE)


class UnwrittenAnswerError(Exception):
    """The answer cannot be written to stdout: the disk is full, the device is gone."""


@dataclass(frozen=True, slots=True)
class Screen:
    """
    What stdout can show.

    Args:
        is_terminal: Whether it is a terminal.

        has_colour: Whether escape sequences may be written.

        width: Columns of the terminal, as ``COLUMNS`` says or else the terminal itself; at most 1000.
    """

    is_terminal: bool
    has_colour: bool
    width: int

    @property
    def has_box_characters(self) -> bool:
        """Whether its encoding has box-drawing characters."""
        return _can_write("─", sys.stdout)


def read_screen(color: ColorChoice = "auto") -> Screen:
    """
    Return what stdout can show.

    Args:
        color: Value of ``--color``; ``auto`` follows NO_COLOR, then FORCE_COLOR, then whether stdout is a terminal.
    """
    is_terminal = is_a_terminal(sys.stdout)
    width = min(shutil.get_terminal_size().columns, _WIDEST)
    return Screen(is_terminal, _has_colour(color, is_terminal=is_terminal), width)


def write_answer(text: str, *, has_commands: bool = False) -> None:
    """
    Write text to stdout, whatever its encoding; a missing final newline is added.

    A reader that has closed the pipe (``| head``) is no error: no message, same exit code.

    Args:
        has_commands: Whether lines that are GitHub Actions commands are intended.

    Raises:
        UnwrittenAnswerError: It cannot be written, for another reason.
    """
    if not text:
        return
    try:
        _write(text if text.endswith("\n") else f"{text}\n", sys.stdout, has_commands=has_commands)
    except OSError as error:
        raise UnwrittenAnswerError(error.strerror or str(error)) from None


def write_json(document: object) -> None:
    """Write one JSON document to stdout."""
    write_answer(json_text(document, indent=2))


def json_text(document: object, *, indent: int | None = None) -> str:
    """Return a value as JSON that stdout can encode and a terminal does not act on."""
    from pydantic_core import to_json  # for many rows, several times as fast as the standard library with an indent

    try:
        text = to_json(document, indent=indent).decode()
    except ValueError:  # half a surrogate pair, in the name of a file
        return _ascii_json(document, indent)
    if text.isascii() and "\x7f" not in text:
        return text
    text = re.sub(f"[{MARKS}]", lambda match: _ascii_json(match.group(), None)[1:-1], text)  # only occur inside strings
    return text if _can_write(text, sys.stdout) else _ascii_json(document, indent)


def say(kind: Literal["error", "note", "warning"], text: str) -> None:
    """Write one message to stderr; if that fails, the answer still counts."""
    with suppress(OSError):
        _write(f"mgr: {kind}: {visible(text)}\n", sys.stderr)


def say_lines(lines: Iterable[str]) -> None:
    """Write message lines unchanged, such as those of a traceback."""
    with suppress(OSError):
        _write("".join(f"{visible(line)}\n" for line in lines), sys.stderr)


def rendered(renderable: RenderableType, screen: Screen) -> str:
    """Return what rich renders for a terminal; texts in it are ``rich.text.Text``, never markup."""
    from io import StringIO

    from rich.console import Console

    options: dict[str, Any] = {"markup": False, "emoji": False, "highlight": False, "legacy_windows": False}
    console = Console(
        file=StringIO(),
        force_terminal=True,
        color_system="standard" if screen.has_colour else None,
        no_color=not screen.has_colour,
        width=screen.width,
        height=100,
        _environ={},
        **options,
    )
    with console.capture() as capture:
        console.print(renderable)
    return "".join(f"{_BLANK_END.sub(_without_blanks, line)}\n" for line in capture.get().splitlines())


def _without_blanks(end: re.Match[str]) -> str:
    return end[0].replace(" ", "")


def is_a_terminal(stream: TextIO | None) -> bool:
    """Return whether a stream is a terminal."""
    return stream is not None and not stream.closed and stream.isatty()


def _ascii_json(document: object, indent: int | None) -> str:
    import json

    return json.dumps(document, indent=indent)


def _has_colour(color: ColorChoice, *, is_terminal: bool) -> bool:
    if color != "auto":
        return color == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    is_able = bool(os.environ.get("WT_SESSION")) if os.name == "nt" else os.environ.get("TERM") != "dumb"
    return is_terminal and is_able


def _can_write(text: str, stream: TextIO | None) -> bool:
    try:
        text.encode(getattr(stream, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _write(text: str, stream: TextIO | None, *, has_commands: bool = False) -> None:
    if stream is None:  # started without it
        return
    if os.environ.get("GITHUB_ACTIONS"):
        text = _without_commands(text, spared=has_commands)
    try:
        stream.write(_encodable(text, stream))
        stream.flush()
    except BrokenPipeError:
        forget(stream)
    except OSError:
        forget(stream)
        raise


def _without_commands(text: str, *, spared: bool) -> str:
    """
    Return text in which GitHub Actions finds no command from a file; as JSON it is unchanged.

    Source: actions/runner, ``ActionCommand.cs``: a line that starts with ``::``, blanks aside, or has ``##[`` anywhere.

    Args:
        spared: Whether lines that start so are our own commands.
    """
    text = text.replace("##[", "#\\u0023[")
    return text if spared else _COMMAND_START.sub(r"\1\\u003a:", text)


def _encodable(text: str, stream: TextIO) -> str:
    """Return text with escapes for characters that the stream's encoding does not have."""
    if _can_write(text, stream):
        return text
    encoding = stream.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def forget(stream: TextIO) -> None:
    """Discard what a stream could not write, so that the interpreter's last flush does not fail again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, stream.fileno())
    finally:
        os.close(nowhere)
