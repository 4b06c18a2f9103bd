"""Derived numbers of whole files, rewritten: what changes, what stays, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from model_garden_registry.checks.entry.derived_requirements import Correction, corrections
from model_garden_registry.checks.entry.schema import SchemaChecker, overlay_checker, shipped_checker
from model_garden_registry.entries.format_version import is_overlay, newer_major
from model_garden_registry.errors import RegistryReadError, RegistryWriteError
from model_garden_registry.files.documents import parse_document
from model_garden_registry.files.reading import read_bytes
from model_garden_registry.files.writing.members import replace_numbers
from model_garden_registry.files.writing.replacing import edit_file


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectedFile:
    """
    The result of rewriting the derived numbers of one file.

    Args:
        written: Numbers that were written.

        kept: Numbers that were left unchanged, each with its obstacle.

        problem: Why nothing was written, although a number should change.
    """

    path: Path
    written: tuple[Correction, ...] = ()
    kept: tuple[Correction, ...] = ()
    problem: RegistryWriteError | None = None


def correct_registry_files(paths: Iterable[Path]) -> list[CorrectedFile]:
    """
    Rewrite the derived numbers of files, and nothing else.

    A file that cannot be read, or that does not follow the schema, is left unchanged; a check reports it.
    """
    checker = shipped_checker()
    return [_corrected(path, checker) for path in paths]


def _corrected(path: Path, checker: SchemaChecker) -> CorrectedFile:
    try:
        made = _correct(read_bytes(path), path, checker)
        if not made.file.written:
            return made.file  # nothing to wait for, nor to write

        def change(content: bytes | None) -> bytes:
            nonlocal made
            if content != made.old:
                made = _correct(content or b"", path, checker)
            return made.new

        edit_file(path, change)
    except RegistryReadError:
        return CorrectedFile(path=path)
    except RegistryWriteError as error:
        return replace(made.file, written=(), problem=error)
    return made.file


class _Corrected(NamedTuple):
    """The content of a file before and after, and the differences."""

    old: bytes
    new: bytes
    file: CorrectedFile


def _correct(content: bytes, path: Path, checker: SchemaChecker) -> _Corrected:
    """
    Correct the content of a file.

    Raises:
        RegistryReadError: It is not a JSON document.
    """
    document = parse_document(content, path)
    of_its_kind = overlay_checker() if is_overlay(document) else checker
    if newer_major(document.get("version")) or of_its_kind.flaws(document):
        return _Corrected(content, content, CorrectedFile(path=path))
    found = list(corrections(document, path))
    kept = tuple(one for one in found if one.obstacle)
    wrong = tuple(one for one in found if not one.obstacle)
    new = replace_numbers(content, {one.where: one.new for one in wrong})
    return _Corrected(content, new, CorrectedFile(path=path, written=wrong, kept=kept))
