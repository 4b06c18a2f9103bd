"""What a person or a team sets for themselves: ``mgr.toml``, and ``[tool.mgr]`` of ``pyproject.toml``."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

from model_garden_registry.errors import RegistryReadError, closing, warn
from model_garden_registry.files.reading import LARGEST_SETTINGS_BYTES, read_bytes
from model_garden_registry.near_names import close_names

Key = Literal["registry", "stack", "engine", "gpu"]

#: How each key is written, for errors.
_WRITTEN: dict[Key, str] = {
    "registry": 'registry = "PATH"',
    "stack": 'stack = "NAME"',
    "engine": 'engine = "NAME"',
    "gpu": 'gpu = "NAME"',
}
_SUPERUSER = 0


class Configured(NamedTuple):
    """
    A value with the file that sets it.

    Args:
        value: As it is written; never empty.

        file: The file, by its whole path.
    """

    value: str
    file: Path


def configured(*keys: Key) -> dict[Key, Configured]:
    """
    Return what is set of some keys; each by the nearest file that sets it, at or above the working directory.

    ``mgr.toml`` comes before ``pyproject.toml`` of the same directory, and only the nearest ``pyproject.toml`` counts.

    Raises:
        RegistryReadError: A file is not TOML, a value is no text, or the file does not count: it is no regular file, or
            belongs to another user than this one, root, and the owner of the working directory. Owners are not checked
            on Windows.
    """
    found: dict[Key, Configured] = {}
    for file, table in _tables():
        for key in keys:
            if key not in found and (value := _text(file, table, key)):
                found[key] = Configured(value, file)
        if len(found) == len(keys):
            break
    return found


def _tables() -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield what is configured, the nearest first."""
    try:
        start = Path.cwd()
    except OSError:  # the working directory is gone
        return
    project_seen = False
    for directory in (start, *start.parents):
        own, project = directory / "mgr.toml", directory / "pyproject.toml"
        if os.path.lexists(own):
            _check_counts(own, start)
            yield own, _known(own, _read_toml(own))
        if not project_seen and is_file(project):
            project_seen = True
            tool = _read_toml(project).get("tool")
            table = tool.get("mgr") if isinstance(tool, dict) else None
            if isinstance(table, dict):
                _check_counts(project, start)
                yield project, _known(project, table)


def is_file(path: Path) -> bool:
    """Return whether a regular file is there and may be seen."""
    status = _status(path)
    return status is not None and stat.S_ISREG(status.st_mode)


def _status(path: Path) -> os.stat_result | None:
    """Return what the system says of a file; None if there is none, or where it may not be seen."""
    try:
        return path.stat()
    except (OSError, ValueError):
        return None


def _check_counts(file: Path, working_directory: Path) -> None:
    """
    Refuse a file that another user may have put above the working directory.

    Raises:
        RegistryReadError: It is no regular file, or belongs to another user.
    """
    if not is_file(file):
        raise RegistryReadError(file, "is no regular file, so it cannot set anything")
    user = _user()
    if user is None:
        return
    trusted = {user, _SUPERUSER, _owner(working_directory)}
    if (owner := _owner(file)) not in trusted:
        problem = f"belongs to {_name(owner)}, not to you, root, or the owner of {working_directory}: it does not count"
        raise RegistryReadError(file, f"{problem}; remove it, or run mgr elsewhere")


def _user() -> int | None:
    """Return the number of the user; None if the system has none."""
    return os.getuid() if hasattr(os, "getuid") else None


def _owner(path: Path) -> int:
    return path.stat().st_uid


def _name(user: int) -> str:
    import pwd  # POSIX only, as numbers of users are

    try:
        return f"{pwd.getpwuid(user).pw_name} (user {user})"
    except KeyError:
        return f"user {user}"


def _known(file: Path, table: dict[str, Any]) -> dict[str, Any]:
    """Return a table back; warn of what is passed over in it."""
    for key in table:
        if key not in get_args(Key):
            warn(f"{file}: unknown key {key!r} is ignored{closing(close_names(key, get_args(Key)))}")
    return table


def _text(file: Path, table: dict[str, Any], key: Key) -> str:
    value = table.get(key, "")
    if not isinstance(value, str):
        raise RegistryReadError(file, f"{key!r} is not a text: write {_WRITTEN[key]}")
    return value


def _read_toml(file: Path) -> dict[str, Any]:
    import tomllib  # only where there is a file to read: it would cost every start

    try:
        return tomllib.loads(read_bytes(file, LARGEST_SETTINGS_BYTES).decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise RegistryReadError(file, f"is not TOML: {error}") from None
