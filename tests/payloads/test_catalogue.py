"""Models compared as JSON documents: side by side, counted, before and after, and their sources."""

from __future__ import annotations

from model_garden_registry.catalogue.census import Census
from model_garden_registry.catalogue.comparison import ComparedField, Comparison
from model_garden_registry.catalogue.differences import (
    ABSENT,
    Change,
    Changed,
    Differences,
    Members,
    Renamed,
)
from model_garden_registry.catalogue.number_sources import SourcedNumbers, Tally
from model_garden_registry.payloads.catalogue import (
    audit_document,
    census_document,
    comparison_document,
    differences_document,
)


def test_values_stand_in_the_order_of_the_models() -> None:
    """With whether they differ; null where a model says nothing."""
    fields = (ComparedField("status", ("stable", "stable")), ComparedField("gated", (None, True)))

    assert comparison_document(Comparison(("a", "b"), fields)) == {
        "format": "mgr.compare/1",
        "models": ["a", "b"],
        "fields": [
            {"field": "status", "differs": False, "values": ["stable", "stable"]},
            {"field": "gated", "differs": True, "values": [None, True]},
        ],
    }


def test_values_are_lists_in_order() -> None:
    """A value that is not stated is null, which no key of an object could be."""
    numbers = Tally(kinds={"measured": 0, "derived": 1, "vendor": 2, "declared": 3}, unsourced=1, oldest="2025-01")

    assert census_document(Census(3, {"license": {"mit": 2, None: 1}, "size": {}}, numbers)) == {
        "format": "mgr.stats/1",
        "models": 3,
        "license": [{"value": "mit", "models": 2}, {"value": None, "models": 1}],
        "size": [],
        "numbers": {
            "total": 6,
            "measured": 0,
            "derived": 1,
            "vendor": 2,
            "declared": 3,
            "unsourced": 1,
            "old": 0,
            "oldest": "2025-01",
        },
    }


NO_MEMBERS = {"added": [], "removed": [], "changed": [], "reordered": False}


def test_no_difference_is_a_document_too() -> None:
    """Every part is there and empty."""
    assert differences_document(Differences(), old="a.json", new="b.json") == {
        "format": "mgr.diff/1",
        "old": "a.json",
        "new": "b.json",
        "changed": False,
        "head": [],
        "categories": NO_MEMBERS,
        "models": {**NO_MEMBERS, "renamed": []},
    }


def test_every_kind_of_change_has_its_place() -> None:
    """A side that is not there is left out; null is a value; the pointer is exact where a key has dots."""
    changes = (
        Change(("license",), None, "mit"),
        Change(("sources", "/a.b"), ABSENT, {}),
        Change(("notes",), ["x"], ABSENT),
    )
    differences = Differences(
        head=(Change(("version",), "1.0.0", "1.1.0"),),
        categories=Members(added=("audio",)),
        models=Members(
            added=("n",),
            removed=("o",),
            renamed=(Renamed("p", "q"),),
            changed=(Changed("q", changes),),
            is_reordered=True,
        ),
    )

    assert differences_document(differences, old="a.json", new="b.json") == {
        "format": "mgr.diff/1",
        "old": "a.json",
        "new": "b.json",
        "changed": True,
        "head": [{"field": "version", "pointer": "/version", "old": "1.0.0", "new": "1.1.0"}],
        "categories": {**NO_MEMBERS, "added": ["audio"]},
        "models": {
            "added": ["n"],
            "removed": ["o"],
            "changed": [
                {
                    "id": "q",
                    "changes": [
                        {"field": "license", "pointer": "/license", "old": None, "new": "mit"},
                        {"field": "sources./a.b", "pointer": "/sources/~1a.b", "new": {}},
                        {"field": "notes", "pointer": "/notes", "old": ["x"]},
                    ],
                }
            ],
            "reordered": True,
            "renamed": [{"old": "p", "new": "q"}],
        },
    }


STATED = SourcedNumbers(
    where="/requirements",
    kind="derived",
    source="a formula",
    as_of="2025-11",
    url="https://example.org",
    numbers=("/requirements/min_vram_gb",),
)
UNSTATED = SourcedNumbers(
    where="/architecture",
    kind="declared",
    source=None,
    as_of=None,
    numbers=("/architecture/head_dim", "/architecture/moe/num_experts"),
)


def test_every_source_of_every_model_is_there_with_its_numbers() -> None:
    """Counts for each model and for all; one without a source has null for it."""
    document = audit_document(
        {"org/a": (STATED, UNSTATED), "org/b": ()}, is_valid=False, refused=("declared",), older_than="2026-01"
    )

    all_of_them = {
        "total": 3,
        "measured": 0,
        "derived": 1,
        "vendor": 0,
        "published": 0,
        "declared": 2,
        "unsourced": 2,
        "old": 1,
        "oldest": "2025-11",
    }
    none = dict.fromkeys(all_of_them, 0) | {"oldest": None}
    assert document == {
        "format": "mgr.audit/1",
        "is_valid": False,
        "fail_on": ["declared"],
        "older_than": "2026-01",
        "numbers": all_of_them,
        "models": [
            {
                "id": "org/a",
                "numbers": all_of_them,
                "sources": [
                    {
                        "pointer": "/requirements",
                        "kind": "derived",
                        "source": "a formula",
                        "as_of": "2025-11",
                        "url": "https://example.org",
                        "old": True,
                        "numbers": ["/requirements/min_vram_gb"],
                    },
                    {
                        "pointer": "/architecture",
                        "kind": "declared",
                        "source": None,
                        "as_of": None,
                        "old": False,
                        "numbers": ["/architecture/head_dim", "/architecture/moe/num_experts"],
                    },
                ],
            },
            {"id": "org/b", "numbers": none, "sources": []},
        ],
    }
