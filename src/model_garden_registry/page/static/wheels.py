"""Python packages in a folder, as wheels."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable
from email.parser import HeaderParser
from pathlib import Path
from typing import NamedTuple

from model_garden_registry.errors import RegistryReadError
from model_garden_registry.families.versions import Release, release_of
from model_garden_registry.files.reading import names_in
from model_garden_registry.units import MIB

#: name-version(-build)?-python-abi-platform.whl, as PEP 427 has it.
_FILE = re.compile(
    r"(?P<name>[A-Za-z0-9_.]+)-(?P<version>[A-Za-z0-9_.+!]+)(?:-[0-9][A-Za-z0-9_.]*)?"
    r"-(?P<python>[a-z0-9_.]+)-(?P<abi>[a-z0-9_.]+)-(?P<platform>[a-z0-9_.]+)\.whl"
)
#: A requirement without an extra: its name, and its one version if it has one.
_REQUIREMENT = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*\(?(?:==\s*(?P<version>[A-Za-z0-9_.+!]+))?")
_LARGEST_METADATA_BYTES = MIB


class Wheel(NamedTuple):
    """
    A package's file.

    Args:
        path: The file.

        name: The package, with dashes and in lower case.

        version: Its release.

        tags: Python, ABI and platform that it is made for, each possibly several with dots.
    """

    path: Path
    name: str
    version: str
    tags: tuple[str, str, str]

    @property
    def release(self) -> Release:
        """The numbers of its release; none if it is not one."""
        return release_of(self.version) or ()

    def runs_on(self, python: str, platforms: Iterable[str]) -> bool:
        """
        Return whether it runs on a Python.

        Args:
            python: Its tag, such as ``cp314``.

            platforms: Tags of the platform that it runs on.
        """
        made_for, _, platform = (set(tag.split(".")) for tag in self.tags)
        if platform == {"any"}:
            return "py3" in made_for
        return python in made_for and not platform.isdisjoint(platforms)

    def required(self) -> dict[str, str | None]:
        """
        Return the packages that it needs without extras, each with its one version if it must have one.

        Raises:
            RegistryReadError: It is no wheel.
        """
        headers = HeaderParser().parsestr(_metadata(self.path))
        lines = [line.partition(";") for line in headers.get_all("Requires-Dist", [])]
        found = [_REQUIREMENT.match(line) for line, _, marker in lines if "extra" not in marker]
        return {plain_name(match["name"]): match["version"] for match in found if match}


def wheels_in(folder: Path) -> list[Wheel]:
    """
    Return the wheels in a folder, the newest first, by name.

    Raises:
        RegistryReadError: The folder cannot be read.
    """
    matches = [(name, _FILE.fullmatch(name)) for name in names_in(folder)]
    found = [
        Wheel(
            folder / name,
            plain_name(match["name"]),
            match["version"],
            (match["python"], match["abi"], match["platform"]),
        )
        for name, match in matches
        if match
    ]
    return sorted(sorted(found, key=lambda wheel: wheel.release, reverse=True), key=lambda wheel: wheel.name)


def plain_name(name: str) -> str:
    """Return a package's name as indexes write it."""
    return re.sub("[-_.]+", "-", name).lower()


def _metadata(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as file:
            inside = next(one for one in file.infolist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", one.filename))
            if inside.file_size > _LARGEST_METADATA_BYTES:
                raise RegistryReadError(path, "is no wheel: its METADATA is too large")
            return file.read(inside).decode("utf-8", "replace")
    except (OSError, StopIteration, zipfile.BadZipFile):
        raise RegistryReadError(path, "is no wheel that can be read") from None
