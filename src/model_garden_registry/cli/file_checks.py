"""Checks of whole files, one after the other, with one compiled schema."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from model_garden_registry.bundled import bundled_schema
from model_garden_registry.checks.entry.schema import SchemaChecker
from model_garden_registry.errors import RegistryReadError
from model_garden_registry.files.documents import read_document
from model_garden_registry.files.location import find_registry
from model_garden_registry.reports import Outcome, Report

Check = Callable[[Path, SchemaChecker], Report]


def check_files(check: Check, files: Iterable[Path]) -> list[Outcome]:
    """
    Check files; one that cannot be opened is an error in its place, and the others are still checked.

    The schema is the shipped file: making it from the models would cost as much as the models do.
    """
    checker = SchemaChecker(read_document(bundled_schema()))
    return [_outcome(check, file, checker) for file in files]


def _outcome(check: Check, file: Path, checker: SchemaChecker) -> Outcome:
    try:
        return check(file, checker)
    except RegistryReadError as error:
        return error


def registry_files(named: list[Path] | None, registry: Path | None) -> list[Path]:
    """
    Give the files to check: those that are named, else the registry in use.

    Raises:
        RegistryReadError: No file is named, and the configuration that would name one cannot be read.
    """
    return named or [find_registry(registry).path]
