"""Numbers of an entry that rest on too little, or are old."""

from __future__ import annotations

import pytest

from model_garden_registry.catalogue.number_sources import SourcedNumbers
from model_garden_registry.checks.entry.provenance import source_findings
from model_garden_registry.entries.tasks import Refused, SourceKind
from model_garden_registry.findings import Code, Finding, Place, Severity


def group(
    *numbers: str, where: str = "/architecture", kind: SourceKind = "vendor", as_of: str | None = "2025-11"
) -> SourcedNumbers:
    source = None if as_of is None else "a page"
    return SourcedNumbers(where=where, kind=kind, source=source, as_of=as_of, numbers=numbers)


MODELS = {
    "org/a": (
        group("/architecture/x", "/architecture/y", as_of="2025-01"),
        group("/requirements/a", where="/requirements", kind="declared", as_of="2026-02"),
        group(*(f"/training_defaults/{n}" for n in "abcd"), where="/training_defaults", kind="declared", as_of=None),
    )
}
VENDOR = (Code.SOURCE_KIND, "/models/org~1a/architecture", "2 numbers vendor, 2025-01: a page")
OLD = (Code.SOURCE_OLD, "/models/org~1a/architecture", "2 numbers older than 2026-01: vendor, 2025-01: a page")
DECLARED = (Code.SOURCE_DECLARED, "/models/org~1a/requirements", "1 number declared, 2026-02: a page")
MISSING = (
    Code.SOURCE_MISSING,
    "/models/org~1a/training_defaults",
    (
        "4 numbers without a source, counted as declared: "
        "/training_defaults/a, /training_defaults/b, /training_defaults/c, …"
    ),
)


@pytest.mark.parametrize(
    ("refused", "month", "found"),
    [
        pytest.param((), None, [DECLARED, MISSING], id="nothing refused"),
        pytest.param((), "2026-01", [OLD, DECLARED, MISSING], id="nothing refused, and old ones asked for"),
        pytest.param(("declared",), "2026-01", [DECLARED, MISSING], id="declared, which what has no source is as well"),
        pytest.param(("vendor",), None, [VENDOR], id="another kind"),
        pytest.param(("old", "vendor"), "2026-01", [VENDOR, OLD], id="old ones and a kind"),
        pytest.param(("measured",), None, [], id="a kind that does not occur"),
    ],
)
def test_findings_say_which_numbers_rest_on_what(
    refused: tuple[Refused, ...], month: str | None, found: list[tuple[Code, str, str]]
) -> None:
    """Failures where they are refused, else notes; each leads to where the source is stated for."""
    findings = source_findings(MODELS, file="r.json", refused=refused, older_than=month)

    assert list(findings) == [
        Finding(
            code=code,
            severity=Severity.FAIL if refused else Severity.NOTE,
            message=message,
            where="org/a",
            place=Place(file="r.json", pointer=pointer),
        )
        for code, pointer, message in found
    ]
