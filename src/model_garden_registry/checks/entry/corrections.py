"""Derived numbers of whole files, written anew: what is changed, what stays as it is, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from model_garden_registry.checks.entry.derived_requirements import Correction, corrections
from model_garden_registry.checks.entry.schema import SchemaChecker, shipped_checker
from model_garden_registry.entries.format_version import newer_major
from model_garden_registry.errors import RegistryReadError, RegistryWriteError
from model_garden_registry.files.documents import parse_document, read_bytes
from model_garden_registry.files.edits import replace_numbers, rewrite_file


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectedFile:
    """
    What became of the derived numbers of one file.

    Args:
        written: Numbers that stand in the file now.

        kept: Numbers that stay as they are, each with its obstacle.

        problem: Why nothing was written, although there was something to write.
    """

    path: Path
    written: tuple[Correction, ...] = ()
    kept: tuple[Correction, ...] = ()
    problem: RegistryWriteError | None = None


def correct_registry_files(paths: Iterable[Path]) -> list[CorrectedFile]:
    """
    Write the derived numbers of files anew, and nothing else.

    A file that cannot be read, or that does not follow the schema, is left as it is: it is for a check to say so.
    """
    checker = shipped_checker()
    return [_corrected(path, checker) for path in paths]


def _corrected(path: Path, checker: SchemaChecker) -> CorrectedFile:
    try:
        content = read_bytes(path)
        document = parse_document(content, path)
    except RegistryReadError:
        return CorrectedFile(path=path)
    if newer_major(document.get("version")) or list(checker.flaws(document)):
        return CorrectedFile(path=path)
    found = list(corrections(document, path))
    kept = tuple(one for one in found if one.obstacle)
    wrong = tuple(one for one in found if not one.obstacle)
    if wrong:
        try:
            rewrite_file(path, replace_numbers(content, {one.where: one.new for one in wrong}), read=content)
        except RegistryWriteError as error:
            return CorrectedFile(path=path, kept=kept, problem=error)
    return CorrectedFile(path=path, written=wrong, kept=kept)
