"""Which registry file to use, when several places can name one."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PureWindowsPath

from model_garden_registry.bundled import bundled_registry
from model_garden_registry.errors import RegistryReadError
from model_garden_registry.files.configuration import Configuration, Configured
from model_garden_registry.files.own_places import user_registry
from model_garden_registry.files.remote_cache import remote_layer

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
    USER = "user"
    ORGANISATION = "organisation"
    REMOTE = "remote"
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


def find_registry(path: StrPath | Sequence[StrPath] | None = None) -> Location:
    """
    Return the registry file in use: the first of ``find_layers``.

    Raises:
        RegistryReadError: A configuration file cannot be used; see ``Configuration``.
    """
    return next(find_layers(given_paths(path)))


def given_paths(path: StrPath | Sequence[StrPath] | None) -> tuple[Path, ...]:
    """Return the paths that a caller names: one, several, or none."""
    if path is None:
        return ()
    return (Path(path),) if isinstance(path, (str, os.PathLike)) else tuple(map(Path, path))


def find_layers(paths: Sequence[Path] = ()) -> Iterator[Location]:
    """
    Yield the registry files that may be in use, the strongest first: an overlay lies on the next one.

    Given paths, the last first; the variable ``MGR_REGISTRY``; ``registry`` in ``mgr.toml`` or in ``[tool.mgr]`` of the
    nearest ``pyproject.toml`` at or above the working directory; ``./storage/models_registry.json``; the user's own
    file; that of the organisation, which the configuration names; the last download of the remote registry that the
    configuration names; the shipped one, always. A file is yielded once.

    Raises:
        RegistryReadError: A configuration file cannot be used; see ``Configuration``.
    """
    seen: list[Path] = []
    for location in _named(paths):
        if not any(_is_same(location.path, one) for one in seen):
            seen.append(location.path)
            yield location


def written(locations: Iterable[Location]) -> str:
    """Return files as one text, for another process."""
    return json.dumps([(os.fspath(one.path), one.named_by) for one in locations])


def read_written(text: str) -> tuple[Location, ...]:
    """Return the files of a text of ``written``."""
    return tuple(Location(Path(path), NamedBy(named_by)) for path, named_by in json.loads(text))


def _named(paths: Sequence[Path]) -> Iterator[Location]:
    yield from (Location(path, NamedBy.ARGUMENT) for path in reversed(paths))
    if variable := os.environ.get(VARIABLE):
        yield Location(Path(variable), NamedBy.ENVIRONMENT)
    configuration = Configuration()
    if named := configuration.values("registry").get("registry"):
        yield Location(_configured_path("registry", named), NamedBy.CONFIGURATION)
    if os.path.lexists(_LOCAL):  # also a pipe or a broken link: whoever reads it says what is wrong
        yield Location(_LOCAL, NamedBy.DIRECTORY)
    if (own := user_registry()) and os.path.lexists(own):
        yield Location(own, NamedBy.USER)
    if named := configuration.values("organisation").get("organisation"):
        yield Location(_configured_path("organisation", named), NamedBy.ORGANISATION)
    if (remote := remote_layer(configuration)) is not None:
        yield Location(remote, NamedBy.REMOTE)
    yield Location(bundled_registry(), NamedBy.SHIPPED)


def _is_same(path: Path, other: Path) -> bool:
    try:
        return path == other or path.samefile(other)
    except (OSError, ValueError):
        return False


def _configured_path(key: str, named: Configured) -> Path:
    """
    Return the file named in a configuration.

    Raises:
        RegistryReadError: It is below the home of an unknown user, or on another machine: a person may name such a
            path, but not a file that came with something else.
    """
    try:
        path = Path(named.value).expanduser()
    except RuntimeError:
        problem = f"{key!r} is {named.value!r}, and that user has no home on this system"
        raise RegistryReadError(named.file, problem) from None
    if _HAS_NETWORK_PATHS and PureWindowsPath(named.value).drive.startswith("\\\\"):
        raise RegistryReadError(named.file, f"{key!r} is on another machine, {named.value!r}: name it by --registry")
    return named.file.parent / path
