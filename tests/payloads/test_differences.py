"""Differences as a JSON document."""

from __future__ import annotations

from model_garden_registry.catalogue.differences import (
    ABSENT,
    Change,
    Changed,
    Differences,
    Members,
    Renamed,
)
from model_garden_registry.payloads.differences import differences_document

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
