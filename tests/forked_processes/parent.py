"""
The process that has imported what processes of tests need, and forks one for each that is asked for.

It is started as ``parent.py SOCKET MODULE…``. A child has the streams, the environment and the folder that came by the
socket, and a program as Python takes it on its command line.
"""

from __future__ import annotations

import atexit
import gc
import io
import json
import os
import runpy
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from types import ModuleType
from typing import Any

#: Larger than any question: an environment and a program.
_MOST_BYTES = 1 << 20


def program_of_a_child(questions: socket.socket) -> Callable[[], object]:
    """Fork for each question and answer with the number of the process; return in children alone."""
    while True:
        message, streams, _, _ = socket.recv_fds(questions, _MOST_BYTES, 3)
        if not message:
            sys.exit()
        child = _forked()
        for stream in streams:
            if child:
                os.close(stream)
        if not child:
            questions.close()
            return _prepared(json.loads(message), streams)
        questions.send(str(child).encode())


def _forked() -> int:
    """
    Fork twice; return the number of the second process, or 0 in it.

    The one between ends at once, so that the new process is a child of whoever asked: of the nearest subreaper.
    """
    ours, theirs = os.pipe()
    if between := os.fork():
        os.close(theirs)
        os.waitpid(between, 0)
        number = int(os.read(ours, 20))
        os.close(ours)
        return number
    os.close(ours)
    if child := os.fork():
        os.write(theirs, str(child).encode())
        os._exit(0)
    os.close(theirs)
    return 0


def _prepared(asked: dict[str, Any], streams: list[int]) -> Callable[[], object]:
    """Make this process what a new one is; return what is left to do."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environb.update({os.fsencode(name): os.fsencode(value) for name, value in asked["environment"].items()})
    os.chdir(asked["folder"])
    _open_streams()
    kind, *arguments = asked["arguments"]
    sys.path[0] = asked["folder"] if kind == "-m" else ""
    main = sys.modules["__main__"] = ModuleType("__main__")
    vars(main)["__annotations__"] = {}
    if kind == "-m":
        name, *sys.argv[1:] = arguments
        return lambda: runpy.run_module(name, run_name="__main__", alter_sys=True)
    sys.argv = [kind, *(arguments[1:] if kind == "-c" else arguments)]
    text = arguments[0] if kind == "-c" else sys.stdin.read()
    return lambda: exec(compile(text, "<string>" if kind == "-c" else "<stdin>", "exec"), vars(main))


def _open_streams() -> None:
    """Open Python's own streams anew, as it does: whether one is a terminal decides how it is buffered."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        before = getattr(sys, f"__{name}__")
        is_direct = before.write_through  # python -u
        raw: Any = io.FileIO(number, mode, closefd=False)
        raw.name = f"<{name}>"
        binary = io.BufferedReader(raw) if number == 0 else raw if is_direct else io.BufferedWriter(raw)
        text: Any = io.TextIOWrapper(
            binary,
            before.encoding,
            before.errors,
            "\n" if number else None,
            line_buffering=not is_direct and (number == 2 or os.isatty(number)),
            write_through=is_direct,
        )
        text.mode = mode
        setattr(sys, name, text)
        setattr(sys, f"__{name}__", text)


def _ended(program: Callable[[], object]) -> None:
    """
    Run a program and end this process as an interpreter does, but without freeing what it has.

    That would take longer than most programs: it touches everything that the parent has imported. Whatever ends in
    another way than by a number is left to the interpreter.
    """
    code: object = 0
    try:
        program()
    except SystemExit as ended:
        code = ended.code or 0
        if not isinstance(code, int):
            raise
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        sys.exit(code)  # which fails to flush again, and says so
    os._exit(code & 0xFF)


if __name__ == "__main__":
    for name in sys.argv[2:]:
        with suppress(ImportError):  # of a library that is not installed here
            import_module(name)
    gc.freeze()
    _ended(program_of_a_child(socket.socket(fileno=int(sys.argv[1]))))
