"""Which registry file is meant, when there are several places to name one."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from model_garden_registry.bundled import bundled_registry
from model_garden_registry.files.configuration import configured, is_file

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
        RegistryReadError: A configuration file gives no answer; see ``configured``.
    """
    if path is not None:
        return Location(Path(path), NamedBy.ARGUMENT)
    if variable := os.environ.get(VARIABLE):
        return Location(Path(variable), NamedBy.ENVIRONMENT)
    if named := configured("registry").get("registry"):
        return Location(named.file.parent / Path(named.value).expanduser(), NamedBy.CONFIGURATION)
    if is_file(_LOCAL):
        return Location(_LOCAL, NamedBy.DIRECTORY)
    return Location(bundled_registry(), NamedBy.SHIPPED)
