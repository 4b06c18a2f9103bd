"""
Run the examples of a page and insert their output.

- ``python``: executed, all blocks of a page in one namespace. A ``text`` block right behind one is what it prints.
- ``console``: every line ``$ mgr …`` is run, and what follows it is what it writes, stdout and stderr together, at 80
  columns, not to a terminal. ``$ echo $?`` gives the last exit code. An output that ends in a line ``…`` is cut there.
- ``http``: a request, answered by the application that ``mgr serve`` runs, without a socket. A second ``http`` block
  right behind one is the reply: status, and the JSON indented. It may be cut by ``…`` as well.
- any language with ``title=NAME`` behind it: written to that file first, so that the examples can use it.

A picture that an example writes (``mgr estimate … --svg NAME.svg``) is kept as ``docs/pictures/NAME.svg``.

A page's examples run in an empty folder that has a copy of ``storage/``, as if in a checkout. Other blocks are left
alone; a shell command that is not for running here is in a ``sh`` block.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from _requests import reply_to

from model_garden_registry.cli.exit_codes import UNFORESEEN

_FENCE = re.compile(r"^```(?P<language>\w+)(?: title=(?P<title>\S+))?\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE)
_CUT = "…"
_LINES_OF_A_NEW_CUT = 3


class Page:
    """The state that the examples of one page share: names, files, the last exit code."""

    def __init__(self) -> None:
        self._names: dict[str, Any] = {"__name__": "__main__"}
        self._exit_code = 0

    def run(self, text: str) -> str:
        """Return the text with the outputs of its examples inserted."""
        for fence in _FENCE.finditer(text):
            if fence["title"]:
                Path(fence["title"]).write_text(fence["body"], encoding="utf-8")
        pieces, end, printed, code_end, reply, request_end = [], 0, "", -1, "", -1
        for fence in _FENCE.finditer(text):
            body = fence["body"]
            match fence["language"]:
                case "python":
                    line = text.count("\n", 0, fence.start()) + 2
                    printed, code_end = self._python(body, line), fence.end()
                case "text" if code_end >= 0 and not text[code_end : fence.start()].strip():
                    body = printed
                case "console":
                    body = "".join(self._console(body))
                case "http" if request_end >= 0 and not text[request_end : fence.start()].strip():
                    body, request_end = _cut_as(body, reply), -1
                case "http":
                    reply, request_end = reply_to(body), fence.end()
            pieces += [text[end : fence.start("body")], body]
            end = fence.end("body")
        return "".join([*pieces, text[end:]])

    def _python(self, body: str, line: int) -> str:
        code = compile("\n" * (line - 1) + body, "<page>", "exec", dont_inherit=True)
        return captured(lambda: exec(code, self._names))

    def _console(self, body: str) -> Iterator[str]:
        for command, shown in re.findall(r"^\$ (.*\n)((?:(?!\$ ).*\n)*)", body, flags=re.MULTILINE):
            yield f"$ {command}"
            yield _cut_as(shown, self._command(command.strip()))

    def _command(self, command: str) -> str:
        program, *arguments = shlex.split(command, comments=True)
        if (program, arguments) == ("echo", ["$?"]):
            return f"{self._exit_code}\n"
        if program != "mgr":
            raise ValueError(f"only mgr is run in a console block, not: {command}")
        return captured(lambda: self._mgr(arguments))

    def _mgr(self, arguments: list[str]) -> None:
        from model_garden_registry.cli import main

        sys.argv = ["mgr", *arguments]
        try:
            main()
        except SystemExit as exit_:
            self._exit_code = exit_.code if isinstance(exit_.code, int) else int(exit_.code is not None)
        if self._exit_code == UNFORESEEN:
            raise RuntimeError(f"a bug, not an example: mgr {shlex.join(arguments)}")


def run_examples(text: str, repository: Path) -> tuple[str, dict[str, str]]:
    """Return a page's text with the outputs of its examples, and their pictures by name; warnings are errors."""
    if not _FENCE.search(text):
        return text, {}
    with tempfile.TemporaryDirectory() as folder, _surroundings(Path(folder)), warnings.catch_warnings():
        shutil.copytree(repository / "storage", "storage")
        warnings.simplefilter("error")
        ran = Page().run(text)
        return ran, {path.name: path.read_text(encoding="utf-8") for path in Path().glob("*.svg")}


def captured(action: Callable[[], object]) -> str:
    """Return what an action writes to stdout and stderr, in the order of writing."""
    written = io.BytesIO()
    stream = io.TextIOWrapper(written, encoding="utf-8", newline="", write_through=True)
    with redirect_stdout(stream), redirect_stderr(stream):
        action()
    output = written.getvalue().decode().replace("\r\n", "\n")
    return output if os.sep == "/" else output.replace(os.sep, "/")


def _cut_as(shown: str, output: str) -> str:
    """Return an output with the same parts left out as in the page."""
    lines = shown.splitlines()
    if lines[-1:] != [_CUT]:
        return output
    kept = len(lines) - 1 or _LINES_OF_A_NEW_CUT
    return "".join([*output.splitlines(keepends=True)[:kept], f"{_CUT}\n"])


@contextmanager
def _surroundings(folder: Path) -> Iterator[None]:
    """Work in a folder, with none of the variables set that a program reads."""
    before, environment, arguments = Path.cwd(), dict(os.environ), sys.argv
    for name in environment:
        if name.startswith(("MGR_", "_MGR_")) or "COLOR" in name or name in {"GITHUB_ACTIONS", "TTY_COMPATIBLE"}:
            del os.environ[name]
    os.environ["COLUMNS"] = "80"
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
        os.environ.clear()
        os.environ.update(environment)
        sys.argv = arguments
