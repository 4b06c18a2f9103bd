"""A text becomes a file: whole or not at all, and over another only where that is wanted."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from model_garden_registry.errors import RegistryWriteError


def write_file(path: Path, content: bytes, *, is_forced: bool = False) -> None:
    """
    Write a file at once: whoever reads it sees all of it, and on failure there is none.

    Args:
        is_forced: Whether it may replace another file.

    Raises:
        FileExistsError: There is one, and it may not be replaced.

        RegistryWriteError: It cannot be written, or something else than a file has its name.
    """
    beside = path.parent / f".{path.name[:100]}.{secrets.token_hex(4)}"
    try:
        if path.is_dir() or (path.exists() and not path.is_file()):
            raise RegistryWriteError(path, "is no file that could be replaced")
        with beside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path) if is_forced else _put(beside, path)
    except FileExistsError:
        raise
    except OSError as error:
        raise RegistryWriteError(path, f"cannot be written: {error.strerror or error}") from None
    finally:
        with suppress(OSError):
            beside.unlink()


def make_folder(path: Path) -> None:
    """
    Make a folder, and those above it, where there is none.

    Raises:
        RegistryWriteError: It cannot be made, or something else has its name.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RegistryWriteError(path, f"is no folder, and cannot be made one: {error.strerror or error}") from None


def _put(beside: Path, path: Path) -> None:
    """Give a file its name, unless another has it: a link is refused then, where a rename would replace."""
    try:
        path.hardlink_to(beside)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if path.exists():
            raise FileExistsError(path) from None
        beside.replace(path)
