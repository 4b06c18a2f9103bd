"""The cache of huggingface_hub, made by the real one, from a server on this machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hub_stand_in import COMMIT, hub

from model_garden_registry.lifecycle.local.hub_cache import CachedModel, cached_models, hub_cache

huggingface_hub = pytest.importorskip("huggingface_hub", reason="huggingface_hub is not installed")

FILES = {"config.json": b"{}", "model.safetensors": b"x" * 1000, "sub/tokens.json": b"[]"}
Download = Callable[..., Path]


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """Return where the cache is."""
    return tmp_path / "hub"


@pytest.fixture
def download(cache: Path) -> Download:
    """Return a function that downloads files of a model into the cache, as programs do."""

    def run(model_id: str, *names: str, **more: str) -> Path:
        with hub({model_id: FILES}) as address:
            for name in names:
                huggingface_hub.hf_hub_download(model_id, name, cache_dir=cache, endpoint=address, **more)
        return cache / f"models--{model_id.replace('/', '--')}"

    return run


def test_a_model_is_read(cache: Path, download: Download) -> None:
    """Its id, its commit, where its files are, and their bytes, each counted once."""
    path = download("acme/owl", *FILES)

    assert list(cached_models(cache)) == [
        CachedModel(
            id="acme/owl", path=path, revision=COMMIT, snapshot=path / "snapshots" / COMMIT, size_bytes=2 + 1000 + 2
        )
    ]


def test_several_models_are_sorted(cache: Path, download: Download) -> None:
    """Data sets and files beside them are left out; an id may have no organisation."""
    for model_id in ("b/x", "A/y", "gpt2"):
        download(model_id, "config.json")
    (cache / "datasets--a--b").mkdir()
    (cache / "models--a--file").write_text("")

    assert [model.id for model in cached_models(cache)] == ["A/y", "b/x", "gpt2"]


def test_a_commit_that_nobody_names_is_found(cache: Path, download: Download) -> None:
    """A download of a commit makes no ref; of several snapshots the newest counts."""
    path = download("acme/owl", "config.json", revision=COMMIT)
    older = path / "snapshots" / "older"
    older.mkdir()
    os.utime(older, (0, 0))

    (found,) = cached_models(cache)

    assert (found.revision, found.broken) == (COMMIT, ())


@pytest.mark.parametrize("words", ["f" * 40, "../../etc", b"\xff"])
def test_main_may_lead_nowhere(words: str | bytes, cache: Path, download: Download) -> None:
    """What is no commit is no folder to look into."""
    path = download("acme/owl", "config.json")
    (path / "refs" / "main").write_bytes(words if isinstance(words, bytes) else words.encode())

    (found,) = cached_models(cache)

    assert found.revision == COMMIT
    assert found.broken == (("main is ffffffffffff, of which nothing was downloaded",) if words == "f" * 40 else ())


def test_downloads_that_were_not_finished_are_told(cache: Path, download: Download) -> None:
    """By their number; their bytes count."""
    path = download("acme/owl", "config.json")
    for number in range(2):
        (path / "blobs" / f"abc.{number:08}.incomplete").write_bytes(b"x" * 10)

    (found,) = cached_models(cache)

    assert (found.broken, found.size_bytes) == (("2 downloads not finished",), 22)


def test_a_model_without_snapshots_has_none(cache: Path) -> None:
    """Empty folders, or none at all."""
    (cache / "models--a--b" / "blobs").mkdir(parents=True)
    (cache / "models--a--b" / "blobs" / "x.incomplete").write_bytes(b"")
    (cache / "models--a--c" / "snapshots").mkdir(parents=True)

    found = list(cached_models(cache))

    assert [(model.revision, model.snapshot, model.broken) for model in found] == [
        (None, None, ("1 download not finished",)),
        (None, None, ()),
    ]


@pytest.mark.parametrize(
    ("variables", "place"),
    [
        ({"HF_HUB_CACHE": "$HOME/a", "HUGGINGFACE_HUB_CACHE": "/b", "HF_HOME": "/c"}, "/home/me/a"),
        ({"HUGGINGFACE_HUB_CACHE": "/b", "HF_HOME": "/c"}, "/b"),
        ({"HF_HUB_CACHE": "", "HF_HOME": "~/c", "XDG_CACHE_HOME": "/d"}, "/home/me/c/hub"),
        ({"XDG_CACHE_HOME": "/d"}, "/d/huggingface/hub"),
        ({}, "/home/me/.cache/huggingface/hub"),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="another system has other paths")
def test_the_place_is_where_the_library_has_it(
    variables: dict[str, str], place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variables in its order."""
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {**variables, "HOME": "/home/me"}.items():
        monkeypatch.setenv(name, value)

    assert hub_cache() == Path(place)


def test_a_cache_that_is_not_there_has_no_models(cache: Path) -> None:
    """That is no error."""
    assert list(cached_models(cache)) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such pipes")
def test_a_pipe_as_main_is_not_waited_for(cache: Path, download: Download) -> None:
    """It names no commit."""
    path = download("acme/owl", "config.json")
    (path / "refs" / "main").unlink()
    os.mkfifo(path / "refs" / "main")

    (found,) = cached_models(cache)

    assert found.revision == COMMIT


def test_a_cache_of_an_unknown_user_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its name stays as it is."""
    monkeypatch.setenv("HF_HUB_CACHE", "~nobody-of-this-name/hub")

    assert hub_cache() == Path("~nobody-of-this-name/hub")
