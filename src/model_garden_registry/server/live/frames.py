"""Values over a pipe between this program and a process of its own: a length, then a pickle."""

from __future__ import annotations

import pickle
from typing import IO, Any

_LENGTH_BYTES = 8


def write_frame(pipe: IO[bytes], value: object) -> None:
    """
    Write a value.

    Raises:
        OSError: The other side has closed the pipe.
    """
    content = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    pipe.write(len(content).to_bytes(_LENGTH_BYTES))
    pipe.write(content)
    pipe.flush()


def read_frame(pipe: IO[bytes]) -> Any:
    """
    Read a value that ``write_frame`` wrote.

    Raises:
        EOFError: The other side has ended, perhaps within a value.
    """
    content = _exactly(pipe, int.from_bytes(_exactly(pipe, _LENGTH_BYTES)))
    return pickle.loads(content)


def _exactly(pipe: IO[bytes], size: int) -> bytes:
    content = pipe.read(size)
    if len(content) < size:
        raise EOFError
    return content
