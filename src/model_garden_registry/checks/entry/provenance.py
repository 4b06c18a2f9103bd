"""Numbers of an entry with a weak source, or an old one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from model_garden_registry.catalogue.number_sources import SourcedNumbers
from model_garden_registry.entries.tasks import Refused
from model_garden_registry.files.positions import pointer_segments, pointer_text
from model_garden_registry.findings import Code, Finding, Place, Severity

#: How many pointers a message names.
_NAMED = 3


def source_findings(
    models: Mapping[str, Iterable[SourcedNumbers]],
    *,
    file: str,
    refused: Collection[Refused] = (),
    older_than: str | None = None,
) -> Iterator[Finding]:
    """
    Yield numbers with a weak source: refused kinds as failures, else declared or old ones as notes.

    Args:
        models: The numbers of entries, by id.

        file: The registry file, as the user named it.

        refused: Kinds of sources, and ``old``.

        older_than: As in ``tally``.
    """
    for model_id, groups in models.items():
        for group in groups:
            place = Place(file=file, pointer=pointer_text(("models", model_id, *pointer_segments(group.where))))
            for reason, finding in _findings(group, older_than):
                if reason in (refused or ("declared", "old")):
                    severity = Severity.FAIL if refused else finding.severity
                    yield replace(finding, severity=severity, where=model_id, place=place)


def _findings(group: SourcedNumbers, older_than: str | None) -> Iterator[tuple[Refused, Finding]]:
    """Yield the findings about numbers that share a source, each with the word by which it is refused."""
    some = f"{len(group.numbers)} number{'' if len(group.numbers) == 1 else 's'}"
    if group.as_of is None:
        message = f"{some} without a source, counted as declared: {_some_of(group.numbers)}"
        yield group.kind, Finding(code=Code.SOURCE_MISSING, severity=Severity.NOTE, message=message)
        return
    message = f"{some} {group.kind}, {group.as_of}: {group.source}"
    if group.kind == "declared":
        yield group.kind, Finding(code=Code.SOURCE_DECLARED, severity=Severity.NOTE, message=message)
    else:
        yield group.kind, Finding(code=Code.SOURCE_KIND, severity=Severity.NOTE, message=message)
    if group.is_older_than(older_than):
        message = f"{some} older than {older_than}: {group.kind}, {group.as_of}: {group.source}"
        yield "old", Finding(code=Code.SOURCE_OLD, severity=Severity.NOTE, message=message)


def _some_of(pointers: tuple[str, ...]) -> str:
    names = ", ".join(pointers[:_NAMED])
    return f"{names}, …" if len(pointers) > _NAMED else names
