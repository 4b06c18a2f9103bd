"""Where in the registry file the models of reports stand, for formats that show findings beside lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from model_garden_registry.files.documents import read_bytes
from model_garden_registry.files.positions import Places, pointer_text
from model_garden_registry.findings import Place
from model_garden_registry.payloads.reports import Outcome
from model_garden_registry.reports import Report


def with_places(outcomes: Sequence[Outcome], registry: Path) -> list[Outcome]:
    """
    Give every finding of a model the line of its entry.

    Raises:
        RegistryReadError: The file is gone since it was read first.
    """
    places = Places(read_bytes(registry).decode("utf-8-sig", "replace"))
    return [_placed(outcome, places, registry) if isinstance(outcome, Report) else outcome for outcome in outcomes]


def _placed(report: Report, places: Places, registry: Path) -> Report:
    where = ("models", report.subject)
    position = places.locate(where)
    place = Place(file=str(registry), line=position.line, column=position.column, pointer=pointer_text(where))
    return replace(report, findings=tuple(replace(finding, place=place) for finding in report.findings))
