"""Which registry file to use, when several places can name one."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PureWindowsPath

from model_garden_registry.bundled import bundled_registry
from model_garden_registry.errors import RegistryReadError
from model_garden_registry.files.configuration import Configured, configured

#: A path.
StrPath = str | os.PathLike[str]

VARIABLE = "MGR_REGISTRY"
#: Whether a path can name another machine, which learns who asks as soon as the path is read.
_HAS_NETWORK_PATHS = os.name == "nt"
_LOCAL = Path("storage/models_registry.json")


class NamedBy(StrEnum):
    """Source of the registry path, first match first."""

    ARGUMENT = "argument"
    ENVIRONMENT = "environment"
    CONFIGURATION = "configuration"
    DIRECTORY = "directory"
    SHIPPED = "shipped"


@dataclass(frozen=True, slots=True)
class Location:
    """
    A registry file and the source of its path.

    Args:
        path: The file; it need not exist.

        named_by: The source.
    """

    path: Path
    named_by: NamedBy


def find_registry(path: StrPath | None = None) -> Location:
    """
    Return the registry file; the first of these that names one counts.

    An explicit path; the variable ``MGR_REGISTRY``; ``registry`` in ``mgr.toml`` or in ``[tool.mgr]`` of the nearest
    ``pyproject.toml`` at or above the working directory; ``./storage/models_registry.json``; the shipped one.

    Raises:
        RegistryReadError: A configuration file cannot be used; see ``configured``.
    """
    if path is not None:
        return Location(Path(path), NamedBy.ARGUMENT)
    if variable := os.environ.get(VARIABLE):
        return Location(Path(variable), NamedBy.ENVIRONMENT)
    if named := configured("registry").get("registry"):
        return Location(_configured_path(named), NamedBy.CONFIGURATION)
    if os.path.lexists(_LOCAL):  # also a pipe or a broken link: whoever reads it says what is wrong
        return Location(_LOCAL, NamedBy.DIRECTORY)
    return Location(bundled_registry(), NamedBy.SHIPPED)


def _configured_path(named: Configured) -> Path:
    """
    Return the file named in a configuration.

    Raises:
        RegistryReadError: It is below the home of an unknown user, or on another machine: a person may name such a
            path, but not a file that came with something else.
    """
    try:
        path = Path(named.value).expanduser()
    except RuntimeError:
        problem = f"'registry' is {named.value!r}, and that user has no home on this system"
        raise RegistryReadError(named.file, problem) from None
    if _HAS_NETWORK_PATHS and PureWindowsPath(named.value).drive.startswith("\\\\"):
        raise RegistryReadError(named.file, f"'registry' is on another machine, {named.value!r}: name it by --registry")
    return named.file.parent / path
