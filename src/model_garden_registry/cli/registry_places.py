"""Where in the registry file the models of reports stand, for formats that show findings beside lines."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from model_garden_registry.errors import RegistryReadError
from model_garden_registry.files.documents import parse_document
from model_garden_registry.files.positions import Places, pointer_segments, pointer_text
from model_garden_registry.files.reading import read_bytes
from model_garden_registry.findings import Place
from model_garden_registry.reports import Outcome, Report


def with_places(outcomes: Sequence[Outcome], registry: Path) -> list[Outcome]:
    """
    Give every finding of a model the line of its entry; no line where the file cannot be read a second time.

    It may have been removed or replaced since it was read first.
    """
    text, models = _read_again(registry)
    places = Places(text)

    def placed(report: Report) -> Report:
        where = ("models", report.subject)
        place = Place(file=str(registry), pointer=pointer_text(where))
        if report.subject in models:
            position = places.locate(where)
            place = replace(place, line=position.line, column=position.column)
        return replace(report, findings=tuple(replace(finding, place=place) for finding in report.findings))

    return [placed(outcome) if isinstance(outcome, Report) else outcome for outcome in outcomes]


def with_lines(report: Report, registry: Path) -> Report:
    """Give the line of what each finding's pointer leads to; no line where the file cannot be read a second time."""
    text, models = _read_again(registry)
    places = Places(text)

    def located(place: Place) -> Place:
        where = pointer_segments(place.pointer)
        if len(where) < 2 or where[1] not in models:
            return place
        position = places.locate(where)
        return replace(place, line=position.line, column=position.column)

    return replace(
        report,
        findings=tuple(
            replace(finding, place=located(finding.place)) if finding.place else finding for finding in report.findings
        ),
    )


def _read_again(registry: Path) -> tuple[str, Collection[str]]:
    """Give the text of the file and the keys of its models; nothing where it gives no registry now."""
    try:
        content = read_bytes(registry)
        models = parse_document(content, registry).get("models")
    except RegistryReadError:
        return "", ()
    return content.decode("utf-8-sig"), models if isinstance(models, dict) else ()
