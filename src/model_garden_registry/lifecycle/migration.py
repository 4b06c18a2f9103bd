"""Registry files of older formats, brought to the newest one in place; everything else stays, byte for byte."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_garden_registry.bundled import bundled_registry
from model_garden_registry.checks.entry.schema import shipped_checker
from model_garden_registry.entries.format_version import FORMAT_VERSION, newer_major, release_of
from model_garden_registry.errors import RegistryNotFoundError, RegistryReadError
from model_garden_registry.files.documents import Document, parse_document, read_document
from model_garden_registry.files.positions import locate
from model_garden_registry.files.reading import read_bytes
from model_garden_registry.files.writing.members import insert_members, replace_value
from model_garden_registry.files.writing.replacing import edit_file
from model_garden_registry.findings import Code
from model_garden_registry.lifecycle.filling import missing_facts

_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrated:
    """
    What was changed in a registry file.

    Args:
        path: The file.

        old: Its format before.

        new: Its format now; the same if it was not older than the newest.

        filled: Names of the fields that were added or completed, by the id of the entry.
    """

    path: Path
    old: str
    new: str
    filled: Mapping[str, tuple[str, ...]]

    @property
    def is_changed(self) -> bool:
        """Whether anything was written."""
        return self.old != self.new or bool(self.filled)


def migrate_registry_file(path: Path, *, fill: bool = False) -> Migrated:
    """
    Bring a registry file to the newest format, in place.

    Every format since 1.0.0 only adds optional fields: what changes is the text of ``version``. Doing it again
    changes nothing.

    Args:
        path: The file; other writers wait.

        fill: Whether to add facts that the shipped registry states about a model and the file does not, such as its
            architecture and licence; what the file states is never changed. An overlay is not filled.

    Raises:
        RegistryReadError: The file cannot be read, is no registry, or is in a newer major format.

        RegistryWriteError: It cannot be written (see ``edit_file``).
    """
    known = read_document(bundled_registry())["models"] if fill else {}
    made = _migrated(read_bytes(path), path, known)
    if made[0].is_changed:

        def change(content: bytes | None) -> bytes:
            nonlocal made
            if content is None:
                raise RegistryNotFoundError(path)
            made = _migrated(content, path, known)
            return made[1]

        edit_file(path, change)
    return made[0]


def _migrated(content: bytes, path: Path, known: Mapping[str, Any]) -> tuple[Migrated, bytes]:
    """Return what changes in a file, and its new content."""
    document = parse_document(content, path)
    old = _version_of(document, path, content)
    is_older = release_of(old) < release_of(FORMAT_VERSION)
    new = FORMAT_VERSION if is_older else old
    if is_older:
        content = replace_value(content, ("version",), new)
    additions = missing_facts(document, known, shipped_checker()) if known and not document.get("extends") else {}
    if additions:
        content = insert_members(content, additions)
    filled: dict[str, list[str]] = {}
    for (_, key, *below), members in additions.items():
        filled.setdefault(key, []).extend(below or members)
    named = {key: tuple(dict.fromkeys(names)) for key, names in filled.items()}
    return Migrated(path=path, old=old, new=new, filled=named), content


def _version_of(document: Document, path: Path, content: bytes) -> str:
    """Return the format of a registry file that this release can bring to the newest."""
    version, models = document.get("version"), document.get("models")
    if isinstance(version, str) and _VERSION.fullmatch(version) and not newer_major(version):
        if isinstance(models, dict):
            return version
        problem, code, where = "is no registry: it has no object `models`", Code.MISSING_KEY, "models"
    elif newer_major(version):
        problem = f"is in format {version}; this release writes {FORMAT_VERSION}: upgrade model-garden-registry"
        code, where = Code.VERSION_UNSUPPORTED, "version"
    else:
        problem = 'is no registry: `version` is not the version of a format, such as "1.0.0"'
        code, where = Code.WRONG_TYPE if "version" in document else Code.MISSING_KEY, "version"
    place = locate(content.decode("utf-8-sig"), (where,))
    raise RegistryReadError(path, problem, code=code, line=place.line, column=place.column)
