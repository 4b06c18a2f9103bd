"""Downloads from object stores, through a file system of fsspec in memory; S3 itself is in tests/s3."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from model_garden_registry.errors import MissingExtraError
from model_garden_registry.lifecycle.remote import downloads, stores
from model_garden_registry.lifecycle.remote.downloads import Fetched
from model_garden_registry.lifecycle.remote.errors import RemoteRegistryError
from model_garden_registry.lifecycle.remote.stores import fetch_stored

fsspec = pytest.importorskip("fsspec", reason="extra remote is not installed")
URL = "gs://bucket/r.json"


@pytest.fixture
def facts(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """Give what the store says of its one object; its content is ``b"content"``, in memory."""
    memory = fsspec.filesystem("memory", skip_instance_cache=True)
    told: dict[str, Any] = {"ETag": "e1", "size": 7}
    memory.pipe("/bucket/r.json", b"content")

    class Store(type(memory)):  # type: ignore[misc]
        def info(self, *_: Any, **__: Any) -> dict[str, Any]:
            if isinstance(told.get("error"), Exception):
                raise told["error"]
            return told

    monkeypatch.setattr(fsspec, "filesystem", lambda *_, **__: Store(skip_instance_cache=True))
    monkeypatch.setattr(Store, "_strip_protocol", staticmethod(lambda path: path.removeprefix("gs:/")))
    yield told
    memory.rm("/bucket", recursive=True)


def fetch(etag: str | None = None, url: str = URL) -> Fetched:
    """Download the object."""
    return fetch_stored(url, etag=etag, seconds=30)


def test_an_object_comes_with_its_etag(facts: dict[str, Any]) -> None:
    """If the store has one."""
    assert fetch() == Fetched(b"content", "e1", URL)
    del facts["ETag"]
    assert fetch("e1") == Fetched(b"content", None, URL)


def test_an_object_that_has_not_changed_is_not_read(facts: dict[str, Any]) -> None:
    """By the store's own name for its content."""
    assert facts
    assert fetch("e1") == Fetched(None, "e1", URL)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        pytest.param({"size": 9}, "the download ended early", id="cut short"),
        pytest.param({"size": 10**9}, "is larger than 64 MiB", id="too large"),
        pytest.param({"error": FileNotFoundError("x")}, "is not there", id="not there"),
        pytest.param({"error": PermissionError()}, "may not be read with the credentials found", id="no rights"),
        pytest.param(
            {"error": RuntimeError(f"cannot\nask {URL}?sig=1")},
            f"no answer: RuntimeError: cannot ask {URL}?sig=1",
            id="something else",
        ),
        pytest.param(
            {"error": ImportError("no gcsfs")}, "needs fsspec's package for gs://, which is missing", id="no package"
        ),
    ],
)
def test_a_store_that_gives_no_whole_object_is_an_error(told: dict[str, Any], why: str, facts: dict[str, Any]) -> None:
    """In one line."""
    facts |= told

    with pytest.raises(RemoteRegistryError) as caught:
        fetch()

    assert (caught.value.address, caught.value.why) == (URL, why)


def test_a_large_object_of_unknown_size_is_not_read_to_its_end(
    facts: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One byte more than allowed is enough."""
    facts["size"] = None
    monkeypatch.setattr(stores, "LARGEST_BYTES", 3)
    monkeypatch.setattr(downloads, "LARGEST_BYTES", 3)

    with pytest.raises(RemoteRegistryError, match="is larger than"):
        fetch()


@pytest.mark.parametrize(("extra", "module"), [("remote", "fsspec"), ("s3", "s3fs")])
def test_without_a_library_the_extra_is_named(extra: str, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """S3 needs one more."""

    def fail(*_: object, **__: object) -> None:
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr(fsspec, "filesystem", fail)
    if module == "fsspec":
        monkeypatch.setitem(sys.modules, "fsspec", None)

    with pytest.raises(MissingExtraError) as caught:
        fetch(url="s3://bucket/r.json")

    assert (caught.value.extra, caught.value.module) == (extra, module)
