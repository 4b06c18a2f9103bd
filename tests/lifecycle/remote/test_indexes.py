"""The index of a published registry."""

from __future__ import annotations

from typing import Any

import pytest

from model_garden_registry.lifecycle.remote.indexes import Index, InvalidIndexError, index_document, parse_index

DIGEST = "ab" * 32
INDEX = Index(DIGEST, "1.2.0", "2030-01-01T00:00:00Z", "0.1.0")
DOCUMENT = {
    "format": "mgr.index/1",
    "sha256": DIGEST,
    "version": "1.2.0",
    "last_updated": "2030-01-01T00:00:00Z",
    "lowest_mgr": "0.1.0",
    "file": f"registry-{DIGEST}.json",
}


def test_an_index_is_read_as_it_is_written() -> None:
    """More keys than ours are no reason to refuse it."""
    assert index_document(INDEX) == DOCUMENT
    assert parse_index({**DOCUMENT, "more": 1}, release="0.1.0") == INDEX


@pytest.mark.parametrize("document", [{}, {"version": "1.2.0", "models": {}}, {"format": "mgr.list/1"}, {"format": 3}])
def test_another_document_is_no_index(document: dict[str, Any]) -> None:
    """It may be a registry."""
    assert parse_index(document, release="0.1.0") is None


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        pytest.param(
            {"format": "mgr.index/2"},
            "is an index in format mgr.index/2, and this release reads mgr.index/1: install a newer one",
            id="a newer format",
        ),
        pytest.param({"version": 1}, "is an index without version", id="a key with a number"),
        pytest.param(
            {"sha256": "../../x"}, "is an index whose sha256 is '../../x', not 64 hexadecimal digits", id="no digest"
        ),
        pytest.param(
            {"file": "../registry.json"},
            f"is an index whose file is '../registry.json', not named after its digest: registry-{DIGEST}.json",
            id="a file elsewhere",
        ),
        pytest.param(
            {"lowest_mgr": "9.0"}, "needs mgr 9.0 or later, and this is 0.1.0: install a newer one", id="newer releases"
        ),
        pytest.param({"lowest_mgr": "soon"}, "is an index whose lowest_mgr is 'soon', not a release", id="no release"),
    ],
)
def test_an_index_that_cannot_be_used_is_an_error(changes: dict[str, Any], why: str) -> None:
    """It says why."""
    with pytest.raises(InvalidIndexError) as caught:
        parse_index({**DOCUMENT, **changes}, release="0.1.0")

    assert str(caught.value) == why


@pytest.mark.parametrize("name", ["sha256", "version", "last_updated", "lowest_mgr", "file"])
def test_every_key_of_an_index_is_needed(name: str) -> None:
    """The first that is missing is named."""
    document = {key: value for key, value in DOCUMENT.items() if key != name}

    with pytest.raises(InvalidIndexError, match=f"is an index without {name}"):
        parse_index(document, release="0.1.0")
