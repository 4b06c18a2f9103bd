"""Lines of the registry file for the models of reports, for formats that show findings beside lines."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from model_garden_registry.errors import RegistryReadError
from model_garden_registry.files.documents import parse_document
from model_garden_registry.files.overlays import RegistryLayer
from model_garden_registry.files.positions import Places, pointer_segments, pointer_text
from model_garden_registry.files.reading import read_bytes
from model_garden_registry.findings import Place
from model_garden_registry.reports import Outcome, Report


def with_places(outcomes: Sequence[Outcome], layers: Sequence[RegistryLayer]) -> list[Outcome]:
    """
    Return outcomes with the line of the entry in every finding; no line if the file cannot be read again.

    Of several files, the strongest that states something of the entry is named.

    It may have been removed or replaced since the first reading.
    """
    read = {layer.path: _read_again(layer.path) for layer in layers}
    places = {path: Places(text) for path, (text, _) in read.items()}

    def placed(report: Report) -> Report:
        where = ("models", report.subject)
        path = _stating(layers, report.subject)
        place = Place(file=str(path), pointer=pointer_text(where))
        if report.subject in read[path][1]:
            position = places[path].locate(where)
            place = replace(place, line=position.line, column=position.column)
        return replace(report, findings=tuple(replace(finding, place=place) for finding in report.findings))

    return [placed(outcome) if isinstance(outcome, Report) else outcome for outcome in outcomes]


def with_lines(report: Report, layers: Sequence[RegistryLayer]) -> Report:
    """Return a report with file and line of each finding's pointer; no line if the file cannot be read again."""
    read = {layer.path: _read_again(layer.path) for layer in layers}
    places = {path: Places(text) for path, (text, _) in read.items()}

    def located(place: Place) -> Place:
        where = pointer_segments(place.pointer)
        if len(where) < 2:
            return place
        path = _stating(layers, where[1])
        if where[1] not in read[path][1]:
            return place
        position = places[path].locate(where)
        return replace(place, file=str(path), line=position.line, column=position.column)

    return replace(
        report,
        findings=tuple(
            replace(finding, place=located(finding.place)) if finding.place else finding for finding in report.findings
        ),
    )


def _stating(layers: Sequence[RegistryLayer], key: str) -> Path:
    """Return the strongest file that states something of an entry; if none does, the strongest."""
    return next((layer.path for layer in reversed(layers) if key in layer.models), layers[-1].path)


def _read_again(registry: Path) -> tuple[str, Collection[str]]:
    """Return the text of the file and the ids of its models; both empty if it is no registry now."""
    try:
        content = read_bytes(registry)
        models = parse_document(content, registry).get("models")
    except RegistryReadError:
        return "", ()
    return content.decode("utf-8-sig"), models if isinstance(models, dict) else ()
