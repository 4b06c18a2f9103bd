"""Settings in ``mgr.toml``, and in ``[tool.mgr]`` of ``pyproject.toml``."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

from model_garden_registry.errors import RegistryReadError, closing, warn
from model_garden_registry.files.reading import LARGEST_SETTINGS_BYTES, read_bytes
from model_garden_registry.near_names import close_names

Key = Literal["registry", "organisation", "stack", "engine", "gpu", "inventory"]

#: How each key is written, for error messages.
_WRITTEN: dict[Key, str] = {
    "registry": 'registry = "PATH"',
    "organisation": 'organisation = "PATH"',
    "stack": 'stack = "NAME"',
    "engine": 'engine = "NAME"',
    "gpu": 'gpu = "NAME"',
    "inventory": 'inventory = "PATH"',
}
_REMOTE = "remote"
_KNOWN = (*get_args(Key), _REMOTE)
_SUPERUSER = 0

#: Time for a whole download, unless ``timeout`` sets another.
DEFAULT_TIMEOUT_SECONDS = 30.0
#: Longer is not a limit that anyone would wait for.
_LONGEST_TIMEOUT_SECONDS = 3600


class Configured(NamedTuple):
    """
    A value with the file that sets it.

    Args:
        value: As written; never empty.

        file: The file, by its absolute path.
    """

    value: str
    file: Path


class ConfiguredRemote(NamedTuple):
    """
    A remote registry, as the table ``[remote]`` names it.

    Args:
        url: The address as written; never empty, not checked otherwise.

        sha256: The digest that the registry must have, 64 lower-case hexadecimal digits; None: any.

        timeout_seconds: Time for a whole download.

        file: The file with the table, by its absolute path.
    """

    url: str
    sha256: str | None
    timeout_seconds: float
    file: Path


class Configuration:
    """
    The settings of the files at and above the working directory; each file is read once, when a question leads to it.

    ``mgr.toml`` comes before ``pyproject.toml`` of the same directory, and only the nearest ``pyproject.toml`` counts.
    """

    def __init__(self) -> None:
        self._unread = _tables()
        self._read: list[tuple[Path, dict[str, Any]]] = []

    def values(self, *keys: Key) -> dict[Key, Configured]:
        """
        Return the configured values of some keys, each from the nearest file.

        Raises:
            RegistryReadError: A file is not TOML, a value is not a text, or the file is not trusted: not a regular
                file, or owned by another user than this one, root, or the owner of the working directory. Owners are
                not checked on Windows.
        """
        found: dict[Key, Configured] = {}
        for file, table in self._tables():
            for key in keys:
                if key not in found and (value := _text(file, table, key)):
                    found[key] = Configured(value, file)
            if len(found) == len(keys):
                break
        return found

    def remote(self) -> ConfiguredRemote | None:
        """
        Return the remote registry that the nearest file with a table ``[remote]`` names, or None.

        The table counts as a whole: a pin is never taken from another file than the address.

        Raises:
            RegistryReadError: As for ``values``, or a value of the table is not valid.
        """
        for file, settings in self._tables():
            if _REMOTE in settings:
                return _remote(file, settings[_REMOTE])
        return None

    def _tables(self) -> Iterator[tuple[Path, dict[str, Any]]]:
        yield from tuple(self._read)
        for one in self._unread:
            self._read.append(one)
            yield one


def configured(*keys: Key) -> dict[Key, Configured]:
    """Return the configured values of some keys; see ``Configuration.values``."""
    return Configuration().values(*keys)


def configured_remote() -> ConfiguredRemote | None:
    """Return the configured remote registry; see ``Configuration.remote``."""
    return Configuration().remote()


def _remote(file: Path, table: object) -> ConfiguredRemote:
    if not isinstance(table, dict):
        raise RegistryReadError(file, 'remote is not a table: write [remote], and below it url = "https://…"')
    names = ("url", "sha256", "timeout")
    for key in table:
        if key not in names:
            warn(f"{file}: unknown key {key!r} in [remote] is ignored{closing(close_names(key, names))}")
    url, digest, timeout = table.get("url"), table.get("sha256"), table.get("timeout", DEFAULT_TIMEOUT_SECONDS)
    if not isinstance(url, str) or not url.strip():
        raise RegistryReadError(file, '[remote] has no url: write url = "https://…"')
    if digest is not None and not (isinstance(digest, str) and re.fullmatch("[0-9a-fA-F]{64}", digest)):
        raise RegistryReadError(
            file, "sha256 in [remote] is not a digest: write 64 hexadecimal digits, or leave it out"
        )
    is_number = isinstance(timeout, int | float) and not isinstance(timeout, bool)
    if not is_number or not 0 < timeout <= _LONGEST_TIMEOUT_SECONDS:
        problem = f"timeout in [remote] is not a number of seconds up to {_LONGEST_TIMEOUT_SECONDS}: write timeout = 30"
        raise RegistryReadError(file, problem)
    return ConfiguredRemote(url.strip(), digest and digest.lower(), float(timeout), file)


def _tables() -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield the configuration tables, the nearest first."""
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
        if not project_seen and _is_file(project):
            project_seen = True
            tool = _read_toml(project).get("tool")
            table = tool.get("mgr") if isinstance(tool, dict) else None
            if isinstance(table, dict):
                _check_counts(project, start)
                yield project, _known(project, table)


def _is_file(path: Path) -> bool:
    """Return whether a path is a visible regular file."""
    status = _status(path)
    return status is not None and stat.S_ISREG(status.st_mode)


def _status(path: Path) -> os.stat_result | None:
    """Return the status of a file; None if there is none, or it is not visible."""
    try:
        return path.stat()
    except (OSError, ValueError):
        return None


def _check_counts(file: Path, working_directory: Path) -> None:
    """
    Refuse a file that another user may have put above the working directory.

    Raises:
        RegistryReadError: It is not a regular file, or belongs to another user.
    """
    if not _is_file(file):
        raise RegistryReadError(file, "is not a regular file, so its settings are refused")
    user = _user()
    if user is None:
        return
    trusted = {user, _SUPERUSER, _owner(working_directory)}
    if (owner := _owner(file)) not in trusted:
        problem = f"belongs to {_name(owner)}, not to you, root, or the owner of {working_directory}: it is refused"
        raise RegistryReadError(file, f"{problem}; remove it, or run mgr elsewhere")


def _user() -> int | None:
    """Return the id of the user; None if the system has none."""
    return os.getuid() if hasattr(os, "getuid") else None


def _owner(path: Path) -> int:
    return path.stat().st_uid


def _name(user: int) -> str:
    import pwd  # POSIX only, like user ids

    try:
        return f"{pwd.getpwuid(user).pw_name} (user {user})"
    except KeyError:
        return f"user {user}"


def _known(file: Path, table: dict[str, Any]) -> dict[str, Any]:
    """Return a table, with a warning for each key in it that is ignored."""
    for key in table:
        if key not in _KNOWN:
            warn(f"{file}: unknown key {key!r} is ignored{closing(close_names(key, _KNOWN))}")
    return table


def _text(file: Path, table: dict[str, Any], key: Key) -> str:
    value = table.get(key, "")
    if not isinstance(value, str):
        raise RegistryReadError(file, f"{key!r} is not a text: write {_WRITTEN[key]}")
    return value


def _read_toml(file: Path) -> dict[str, Any]:
    import tomllib  # imported late: every start would pay for it

    try:
        return tomllib.loads(read_bytes(file, LARGEST_SETTINGS_BYTES).decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise RegistryReadError(file, f"is not TOML: {error}") from None
