"""Which registry file is meant, when there are several places to name one."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PureWindowsPath

from model_garden_registry.bundled import bundled_registry
from model_garden_registry.errors import RegistryReadError
from model_garden_registry.files.configuration import Configured, configured, is_file

#: Names a file.
StrPath = str | os.PathLike[str]

VARIABLE = "MGR_REGISTRY"
#: Whether a path can name another machine, which is told who asks as soon as one looks.
_HAS_NETWORK_PATHS = os.name == "nt"
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
        RegistryReadError: A configuration file gives no answer; see ``configured``.
    """
    if path is not None:
        return Location(Path(path), NamedBy.ARGUMENT)
    if variable := os.environ.get(VARIABLE):
        return Location(Path(variable), NamedBy.ENVIRONMENT)
    if named := configured("registry").get("registry"):
        return Location(_configured_path(named), NamedBy.CONFIGURATION)
    if is_file(_LOCAL):
        return Location(_LOCAL, NamedBy.DIRECTORY)
    return Location(bundled_registry(), NamedBy.SHIPPED)


def _configured_path(named: Configured) -> Path:
    """
    Return the file that a configuration names.

    Raises:
        RegistryReadError: It is below the home of a user whom the system does not know, or on another machine: that may
            be named by a person, not by a file that came with something else.
    """
    try:
        path = Path(named.value).expanduser()
    except RuntimeError:
        problem = f"'registry' is {named.value!r}, and the system knows no home of that user"
        raise RegistryReadError(named.file, problem) from None
    if _HAS_NETWORK_PATHS and PureWindowsPath(named.value).drive.startswith("\\\\"):
        raise RegistryReadError(named.file, f"'registry' is on another machine, {named.value!r}: name it by --registry")
    return named.file.parent / path
