"""File names as other programs look them up: relative to the working directory, with forward slashes."""

from __future__ import annotations

from pathlib import Path


def relative_name(file: str, base: Path) -> str | None:
    """
    Return the name of a file relative to a directory.

    Args:
        file: The file as the user named it; relative names start at ``base``.

        base: An absolute path.

    Returns:
        The name with forward slashes; None if the file is not below the directory.
    """
    path = absolute(file, base)
    return path.relative_to(base).as_posix() if path.is_relative_to(base) else None


def absolute(file: str, base: Path) -> Path:
    """Return the absolute path, with ``.`` and ``..`` resolved without reading the disk."""
    parts: list[str] = []
    path = base / file
    for part in path.parts[1:]:
        if part != "..":
            parts.append(part)
        elif parts:
            parts.pop()
    return Path(path.parts[0], *parts)
