"""Which registry file is meant, when there are several places to name one."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from model_garden_registry.bundled import bundled_registry
from model_garden_registry.errors import RegistryReadError, closing, warn
from model_garden_registry.files.documents import read_bytes
from model_garden_registry.near_names import close_names

#: Names a file.
StrPath = str | os.PathLike[str]

VARIABLE = "MGR_REGISTRY"
_LOCAL = Path("storage/models_registry.json")


class NamedBy(StrEnum):
    """What named the registry file, first match first."""

    ARGUMENT = "argument"
    ENVIRONMENT = "environment"
    CONFIGURATION = "configuration"
    DIRECTORY = "directory"
    SHIPPED = "shipped"


@dataclass(frozen=True, slots=True)
class Location:
    """
    A registry file and what named it.

    Args:
        path: The file; it need not exist.

        named_by: Who named it.
    """

    path: Path
    named_by: NamedBy


def find_registry(path: StrPath | None = None) -> Location:
    """
    Find the registry file; the first of these that names one counts.

    An explicit path; the variable ``MGR_REGISTRY``; ``registry`` in ``mgr.toml`` or in ``[tool.mgr]`` of the nearest
    ``pyproject.toml`` at or above the working directory; ``./storage/models_registry.json``; the shipped one.

    Raises:
        RegistryReadError: A configuration file is not TOML, or its ``registry`` is not a text.
    """
    if path is not None:
        return Location(Path(path), NamedBy.ARGUMENT)
    if variable := os.environ.get(VARIABLE):
        return Location(Path(variable), NamedBy.ENVIRONMENT)
    if configured := _configured():
        return Location(configured, NamedBy.CONFIGURATION)
    if _is_file(_LOCAL):
        return Location(_LOCAL, NamedBy.DIRECTORY)
    return Location(bundled_registry(), NamedBy.SHIPPED)


def _configured() -> Path | None:
    """Give the path that the nearest configuration names, relative to the file that names it."""
    try:
        start = Path.cwd()
    except OSError:  # the working directory is gone
        return None
    project_seen = False
    for directory in (start, *start.parents):
        own, project = directory / "mgr.toml", directory / "pyproject.toml"
        if _is_file(own) and (named := _named(own, _read_toml(own))):
            return directory / named
        if not project_seen and _is_file(project):
            project_seen = True
            tool = _read_toml(project).get("tool")
            table = tool.get("mgr") if isinstance(tool, dict) else None
            if isinstance(table, dict) and (named := _named(project, table)):
                return directory / named
    return None


def _is_file(path: Path) -> bool:
    """Say whether a file is there and may be seen; before Python 3.14, ``is_file`` raises where it may not."""
    try:
        return path.is_file()
    except OSError:
        return False


def _named(file: Path, table: dict[str, Any]) -> Path | None:
    for key in table:
        if key != "registry":
            warn(f"{file}: unknown key {key!r} is ignored{closing(close_names(key, ['registry']))}")
    named = table.get("registry")
    if named is None or named == "":
        return None
    if not isinstance(named, str):
        raise RegistryReadError(file, "'registry' is not a text: write registry = \"PATH\"")
    return Path(named).expanduser()


def _read_toml(file: Path) -> dict[str, Any]:
    import tomllib  # only where there is a file to read: it would cost every start

    try:
        return tomllib.loads(read_bytes(file).decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise RegistryReadError(file, f"is not TOML: {error}") from None
