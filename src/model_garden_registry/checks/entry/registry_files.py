"""A whole registry file: syntax, schema, rules; every finding with line and column."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from model_garden_registry.bundled import bundled_registry
from model_garden_registry.checks.entry.consistency import Flaw, Surroundings, entry_flaws, head_flaws, surroundings_of
from model_garden_registry.checks.entry.physics import physics_flaws
from model_garden_registry.checks.entry.schema import SchemaChecker, shipped_checker
from model_garden_registry.checks.entry.tables import shipped_tables, table_flaws, table_of
from model_garden_registry.entries.format_version import newer_major
from model_garden_registry.errors import InvalidEntryError, RegistryReadError
from model_garden_registry.files.documents import Document, parse_document, paused_garbage_collection, read_bytes
from model_garden_registry.files.positions import Places, Position, pointer_segments, pointer_text
from model_garden_registry.findings import Code, Finding, Place, Severity
from model_garden_registry.reports import Report

if TYPE_CHECKING:
    from model_garden_registry.entries.model import ModelInfo


#: What comes of one of several files: its report, or why it cannot be opened.
FileOutcome = Report | RegistryReadError


def check_registry_files(paths: Iterable[Path]) -> list[FileOutcome]:
    """
    Check files, each as ``check_registry_file``; one that cannot be opened is an error in its place.

    The shipped registry alone stands for everything that is shipped: the tables of facts are checked beside it.
    """
    named = list(paths)
    is_shipped = [path.resolve() for path in named] == [bundled_registry().resolve()]
    return _each(check_registry_file, [*named, *shipped_tables()] if is_shipped else named)


def lint_registry_files(paths: Iterable[Path]) -> list[FileOutcome]:
    """Check files, each as ``lint_registry_file``; one that cannot be opened is an error in its place."""
    return _each(lint_registry_file, paths)


def _each(check: Callable[[Path, SchemaChecker], Report], paths: Iterable[Path]) -> list[FileOutcome]:
    checker = shipped_checker()
    outcomes: list[FileOutcome] = []
    for path in paths:
        try:
            outcomes.append(check(path, checker))
        except RegistryReadError as error:
            outcomes.append(error)
    return outcomes


def check_registry_file(path: Path, checker: SchemaChecker) -> Report:
    """
    Check a file against the schema and, where it follows it, against the rules across fields.

    Raises:
        RegistryReadError: The file cannot be opened; whatever is in it is a finding.
    """
    return _check(path, checker, _consistency)


def lint_registry_file(path: Path, checker: SchemaChecker) -> Report:
    """As ``check_registry_file``, and against what the shapes of the models allow."""
    return _check(path, checker, _everything)


Rules = Callable[[str, "ModelInfo", Surroundings], Iterable[Flaw]]


def _consistency(key: str, entry: ModelInfo, around: Surroundings) -> Iterable[Flaw]:
    return entry_flaws(key, entry, around)


def _everything(key: str, entry: ModelInfo, around: Surroundings) -> Iterable[Flaw]:
    from model_garden_registry.checks.entry.memory_physics import memory_flaws  # late: a check of the schema needs none

    return [*entry_flaws(key, entry, around), *physics_flaws(entry), *memory_flaws(entry)]


def _check(path: Path, checker: SchemaChecker, rules: Rules) -> Report:
    content = read_bytes(path)
    try:
        document = parse_document(content, path)
    except RegistryReadError as error:
        return Report(subject=str(path), findings=(_syntax_finding(error),))
    with paused_garbage_collection():
        if table := table_of(document):
            flaws = table_flaws(table, document)
        elif newer_major(document.get("version")):
            message = f"format {document['version']} is newer than this release reads"
            flaws = [Flaw(Code.VERSION_UNSUPPORTED, Severity.FAIL, ("version",), message)]
        else:
            flaws = checker.flaws(document) or list(_rule_flaws(document, path, rules))
    places = Places(content.decode("utf-8-sig") if flaws else "")
    located = sorted(((places.locate(flaw.where), flaw) for flaw in flaws), key=lambda pair: pair[0])
    return Report(subject=str(path), findings=tuple(_finding(flaw, path, position) for position, flaw in located))


def _rule_flaws(document: Document, path: Path, rules: Rules) -> Iterable[Flaw]:
    from model_garden_registry.files.loading import RegistryFile  # late: models are for files that follow the schema

    try:
        file = RegistryFile(document, path)
    except InvalidEntryError as error:
        yield from _refusals(error)
        return
    yield from head_flaws(file.last_updated)
    around = surroundings_of(file)
    for key in file.models:
        try:
            entry = file.parse_entry(key)
        except InvalidEntryError as error:
            yield from _refusals(error)
            continue
        for flaw in rules(key, entry, around):
            yield Flaw(flaw.code, flaw.severity, ("models", key, *flaw.where), flaw.message)


def _refusals(error: InvalidEntryError) -> Iterable[Flaw]:
    """Say what the models refuse and the given schema lets pass; the shipped schema lets nothing of that kind pass."""
    for problem in error.problems:
        message = f"{problem.expected}, found {problem.found}"
        yield Flaw(Code.WRONG_TYPE, Severity.FAIL, tuple(pointer_segments(problem.where)), message)


def _syntax_finding(error: RegistryReadError) -> Finding:
    place = Place(file=str(error.path), line=error.line or 1, column=error.column or 1)
    return Finding(code=Code(error.code), severity=Severity.FAIL, message=error.problem, place=place)


def _finding(flaw: Flaw, path: Path, position: Position) -> Finding:
    place = Place(file=str(path), line=position.line, column=position.column, pointer=pointer_text(flaw.where))
    in_entry = len(flaw.where) > 1 and flaw.where[0] == "models"
    return Finding(
        code=flaw.code,
        severity=flaw.severity,
        message=flaw.message,
        where=flaw.where[1] if in_entry else "",
        place=place,
    )
