"""Registries, and files that name models, over time, as JSON documents."""

from __future__ import annotations

from pathlib import Path

from model_garden_registry import RegistryReadError
from model_garden_registry.lifecycle.drafting import Drafts
from model_garden_registry.lifecycle.known_ids import Kind
from model_garden_registry.lifecycle.local.scanning import FoundModel
from model_garden_registry.lifecycle.outdated.outdated_ids import OutdatedFiles, OutdatedId
from model_garden_registry.payloads.registries import drafts_document, outdated_document, scan_document

ONE = OutdatedId(
    path=Path("a.yaml"), line=1, column=2, id="a/b", kind=Kind.RENAMED, what="renamed", use="a/c", is_fixed=True
)
OTHER = OutdatedId(path=Path("a.yaml"), line=2, column=1, id="a/d", kind=Kind.UNKNOWN, what="not in the registry")


def test_ids_that_are_out_of_date() -> None:
    """What to use is left out where there is nothing; the number counts all."""
    problem = RegistryReadError(Path("b.yaml"), "is a pipe, not a file")
    found = OutdatedFiles(found=(ONE, OTHER, OTHER), files=1, problems=(problem,))

    assert outdated_document(found, most=2) == {
        "format": "mgr.outdated/1",
        "is_valid": False,
        "files": 1,
        "total": 3,
        "ids": [
            {
                "file": "a.yaml",
                "line": 1,
                "column": 2,
                "id": "a/b",
                "kind": "renamed",
                "message": "a/b: renamed; now a/c",
                "use": "a/c",
                "fixed": True,
            },
            {
                "file": "a.yaml",
                "line": 2,
                "column": 1,
                "id": "a/d",
                "kind": "unknown",
                "message": "a/d: not in the registry",
                "fixed": False,
            },
        ],
        "problems": [{"file": "b.yaml", "message": "b.yaml: is a pipe, not a file"}],
    }


def test_drafts_of_entries() -> None:
    """As they are, with the reasons of those that could not be made."""
    drafts = Drafts(entries={"a/b": {"id": "a/b"}}, problems={"a/c": "states no size"}, others=3)

    assert drafts_document(drafts, organisation="a") == {
        "format": "mgr.drafts/1",
        "organisation": "a",
        "entries": {"a/b": {"id": "a/b"}},
        "problems": [{"id": "a/c", "message": "states no size"}],
        "others": 3,
    }


def test_models_on_a_machine() -> None:
    """What is not known is left out."""
    found = FoundModel(
        id="a/b", path=Path("x"), source="cache", size_bytes=2_500_000_000, revision="abc", broken=("gone",)
    )

    assert scan_document([found], cache=Path("hub")) == {
        "format": "mgr.scan/1",
        "cache": "hub",
        "models": [
            {
                "id": "a/b",
                "path": "x",
                "source": "cache",
                "size_gb": 2.5,
                "entry": None,
                "revision": "abc",
                "broken": ["gone"],
            }
        ],
    }
