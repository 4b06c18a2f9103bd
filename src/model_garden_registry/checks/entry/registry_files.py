"""A whole registry file: syntax, schema, rules; every finding with line and column."""

from __future__ import annotations

import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from os.path import realpath  # unlike Path.resolve, it takes links that lead to themselves
from pathlib import Path
from typing import Any, NamedTuple

from model_garden_registry.bundled import bundled_registry
from model_garden_registry.checks.entry.consistency import Flaw, entry_flaws, head_flaws, surroundings_of
from model_garden_registry.checks.entry.schema import SchemaChecker, overlay_checker, shipped_checker
from model_garden_registry.checks.entry.tables import shipped_tables, table_flaws, table_of
from model_garden_registry.entries.format_version import is_overlay, newer_major
from model_garden_registry.errors import RegistryReadError, RegistryWarning
from model_garden_registry.files.documents import Document, parse_document, paused_garbage_collection
from model_garden_registry.files.positions import Places, Position, pointer_text
from model_garden_registry.files.reading import read_bytes
from model_garden_registry.findings import Code, Finding, Place, Section, Severity
from model_garden_registry.reports import Report

#: The result for one of several files: its report, or why it cannot be opened.
FileOutcome = Report | RegistryReadError


def check_registry_files(paths: Iterable[Path]) -> list[FileOutcome]:
    """
    Check files, each as ``check_registry_file``; one that cannot be opened is an error in its place.

    With the shipped registry, the shipped tables of facts are checked as well.
    """
    named = list(paths)
    is_shipped = [*map(realpath, named)] == [realpath(bundled_registry())]
    return _each(check_registry_file, [*named, *shipped_tables()] if is_shipped else named)


def lint_registry_files(paths: Iterable[Path], *, beyond_schema: bool = False) -> list[FileOutcome]:
    """Check files, each as ``lint_registry_file``; one that cannot be opened is an error in its place."""
    return _each(partial(lint_registry_file, beyond_schema=beyond_schema), paths)


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
    Check a file against the schema, and every entry that can be read against the rules across fields.

    An overlay is checked against the schema of overlays, and its entries as they are on what it lies on.

    An entry can be read, as when a registry is loaded, if its only violations are unknown keys; the rest of the
    file does not matter.

    Raises:
        RegistryReadError: The file cannot be opened; whatever is in it is a finding.
    """
    return _report(path, lambda document: _Flaws(document_flaws(document, checker, path), []))


def lint_registry_file(path: Path, checker: SchemaChecker, *, beyond_schema: bool = False) -> Report:
    """
    As ``check_registry_file``, and also against what the shapes of the models allow.

    Args:
        beyond_schema: Whether findings of ``check_registry_file`` are replaced by one that counts them, for a
            caller that has them already.
    """

    def find(document: Document) -> _Flaws:
        seen = _seen(document, path)
        checked = _checked(seen, checker)
        is_registry = table_of(document) is None and not newer_major(document.get("version"))
        if not is_registry:
            return _Flaws(checked, [])
        is_shipped = realpath(path) == realpath(bundled_registry())
        return _Flaws(checked, list(_physics(_readable(seen, checked), is_shipped=is_shipped)))

    return _report(path, find, beyond_schema=beyond_schema)


class _Flaws(NamedTuple):
    """Flaws from the schema and the rules across fields, and what lint finds beyond them."""

    checked: Sequence[Flaw]
    beyond: Sequence[Flaw]


class _Seen(NamedTuple):
    """
    A document, and its entries in their registry.

    Args:
        document: The document as it is.

        entries: Its entries; those of an overlay as they are on what it lies on. None if it has none.

        models: All entries of the registry.

        categories: Those of the registry.
    """

    document: Document
    entries: Mapping[str, Any] | None
    models: Mapping[str, Any]
    categories: Any

    def added_sources(self, key: str) -> Collection[str]:
        """Return the sources of an entry that merging has added."""
        stated = self.document["models"][key]
        if self.entries is None or self.entries[key] is stated:
            return ()
        return {*self.entries[key].get("sources", {})} - {*stated.get("sources", {})}


def _seen(document: Document, path: Path | None) -> _Seen:
    models = document.get("models")
    stated = models if isinstance(models, dict) else None
    if not is_overlay(document):
        return _Seen(document, stated, stated or {}, document.get("categories"))
    if path is None:
        return _Seen(document, None, {}, None)

    from model_garden_registry.files.layering import load_registry_file  # late: a sound file needs no models

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RegistryWarning)  # each is a finding here, or in the check of another file
        file = load_registry_file(path)
    entries = None if stated is None else {key: file.models[key] for key in stated if key in file.models}
    return _Seen(document, entries, file.models, file.categories)


def _report(path: Path, find: Callable[[Document], _Flaws], *, beyond_schema: bool = False) -> Report:
    content = read_bytes(path)
    try:
        document = parse_document(content, path)
    except RegistryReadError as error:
        refusal = _syntax_finding(error)
        return Report(subject=str(path), findings=(_counted([refusal]) if beyond_schema else refusal,))
    with paused_garbage_collection():
        flaws = find(document)
    places = Places(content.decode("utf-8-sig") if any(flaws) else "")
    if beyond_schema:
        checked, beyond = (_located(part, path, places) for part in flaws)
        return Report(subject=str(path), findings=(*([_counted(checked)] if checked else ()), *beyond))
    return Report(subject=str(path), findings=tuple(_located([*flaws.checked, *flaws.beyond], path, places)))


def document_flaws(document: Document, checker: SchemaChecker, path: Path | None = None) -> list[Flaw]:
    """
    Return the flaws of a file's document that ``check_registry_file`` reports, with places below the document.

    Args:
        path: The file, for what an overlay lies on; None: an overlay is checked by its schema alone.
    """
    return _checked(_seen(document, path), checker)


def _checked(seen: _Seen, checker: SchemaChecker) -> list[Flaw]:
    document = seen.document
    if table := table_of(document):
        return table_flaws(table, document)
    if newer_major(document.get("version")):
        message = f"format {document['version']} is newer than this release reads"
        return [Flaw(Code.VERSION_UNSUPPORTED, Severity.FAIL, ("version",), message)]
    if is_overlay(document):
        flaws = overlay_checker().flaws(document)
        told = {(flaw.code, flaw.where) for flaw in flaws}
        broken = {where[:2] for code, where in told if code is not Code.UNKNOWN_KEY}
        whole = {key: raw for key, raw in (seen.entries or {}).items() if ("models", key) not in broken}
        merged = [flaw for key, raw in whole.items() for flaw in checker.entry_flaws(key, raw)]
        flaws += [flaw for flaw in merged if (flaw.code, flaw.where) not in told]
    else:
        flaws = checker.flaws(document)
    return [*flaws, *_rule_flaws(seen, flaws)]


def _rule_flaws(seen: _Seen, violations: Sequence[Flaw]) -> Iterator[Flaw]:
    moment = seen.document.get("last_updated")
    if isinstance(moment, str) and ("last_updated",) not in {flaw.where for flaw in violations}:
        yield from head_flaws(moment)
    entries = _readable(seen, violations)
    if not entries:
        return
    around = surroundings_of(seen.models, seen.categories if isinstance(seen.categories, Mapping) else None)
    for key, entry in entries.items():
        yield from _below(key, entry_flaws(key, entry, around))


def _physics(entries: Mapping[str, Any], *, is_shipped: bool) -> Iterator[Flaw]:
    # late: a check of the schema needs neither models nor memory
    from model_garden_registry.checks.entry.memory_physics import memory_flaws
    from model_garden_registry.checks.entry.physics import physics_flaws, vocabulary_flaws
    from model_garden_registry.entries.model import ModelInfo

    for key, raw in entries.items():
        entry = ModelInfo.model_validate(raw)
        yield from _below(key, physics_flaws(entry))
        yield from _below(key, vocabulary_flaws(entry) if is_shipped else ())
        yield from _below(key, memory_flaws(entry))


def _below(key: str, flaws: Iterable[Flaw]) -> Iterator[Flaw]:
    for flaw in flaws:
        yield Flaw(flaw.code, flaw.severity, ("models", key, *flaw.where), flaw.message)


def _readable(seen: _Seen, violations: Sequence[Flaw]) -> dict[str, Any]:
    """Return the entries that follow the schema, by id, without unknown keys."""
    if seen.entries is None:
        return {}
    unknown: defaultdict[str, list[tuple[str, ...]]] = defaultdict(list)
    broken = set()
    for flaw in violations:
        if flaw.where[:1] == ("models",) and flaw.code.section is Section.SCHEMA:
            _, key, *where = flaw.where
            if flaw.code is Code.UNKNOWN_KEY:
                unknown[key].append(tuple(where))
                if (pointer := pointer_text(where)) in seen.added_sources(key):
                    unknown[key].append(("sources", pointer))
            else:
                broken.add(key)
    return {key: _without(raw, unknown.get(key, ())) for key, raw in seen.entries.items() if key not in broken}


def _without(raw: Any, locations: Iterable[Sequence[str]]) -> Any:
    """Return a value without what is at the locations; parts that are not on the way there are shared."""
    for first, *rest in locations:
        copy = list(raw) if isinstance(raw, list) else dict(raw)
        index: Any = int(first) if isinstance(raw, list) else first
        if rest:
            copy[index] = _without(copy[index], [rest])
        else:
            del copy[index]
        raw = copy
    return raw


def _syntax_finding(error: RegistryReadError) -> Finding:
    place = Place(file=str(error.path), line=error.line or 1, column=error.column or 1)
    return Finding(code=Code(error.code), severity=Severity.FAIL, message=error.problem, place=place)


def _counted(findings: Sequence[Finding]) -> Finding:
    """Return one finding, at the place of the first, that counts those of the schema check by severity."""
    counts = Counter(finding.severity for finding in findings)
    failures, warnings = counts[Severity.FAIL], counts[Severity.WARNING]
    told = [_count(failures, "failure"), _count(warnings, "warning")]
    return Finding(
        code=Code.LEFT_TO_SCHEMA_CHECK,
        severity=Severity.FAIL if failures else Severity.WARNING,
        message=f"mgr schema check finds {' and '.join(filter(None, told))}, not repeated here",
        place=findings[0].place,
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number > 1 else ''}" if number else ""


def _located(flaws: Sequence[Flaw], path: Path, places: Places) -> list[Finding]:
    """Return flaws as findings, in the order of the file."""
    located = sorted(((places.locate(flaw.where), flaw) for flaw in flaws), key=lambda pair: pair[0])
    return [_finding(flaw, path, position) for position, flaw in located]


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
