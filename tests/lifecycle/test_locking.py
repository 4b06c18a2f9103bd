"""``mgr.lock``: what models were when they were chosen, and what has changed since."""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hub_stand_in import COMMIT, hub
from own_ids import MODELS, made_registry

from model_garden_registry import (
    ModelRegistry,
    RegistryNotFoundError,
    RegistryReadError,
    RegistryWarning,
    UnknownModelError,
)
from model_garden_registry.lifecycle.locking import Lock, LockedModel, drift, lock_models, read_lock, write_lock

QWEN, LLAMA = "Qwen/Qwen3-8B", "meta-llama/Llama-3.1-8B-Instruct"
CONFIG, INDEX = b'{"model_type": "qwen3"}', b'{"weight_map": {}}'
MOMENT = "2026-11-30T12:00:00+00:00"


def digest(content: bytes) -> str:
    return sha256(content).hexdigest()


@pytest.fixture
def registry(tmp_path: Path) -> ModelRegistry:
    """Return the small registry."""
    return made_registry(tmp_path)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """Make a cache with one of its models."""
    huggingface_hub = pytest.importorskip("huggingface_hub", reason="huggingface_hub is not installed")
    files = {"config.json": CONFIG, "model.safetensors.index.json": INDEX}
    with hub({QWEN: files}) as address:
        for name in files:
            huggingface_hub.hf_hub_download(QWEN, name, cache_dir=tmp_path / "hub", endpoint=address)
    return tmp_path / "hub"


def test_a_lock_has_what_is_known(registry: ModelRegistry, cache: Path) -> None:
    """Of the registry, of the entries, and of the files in the cache."""
    lock = lock_models(registry, [QWEN, LLAMA], cache=cache, moment=MOMENT)

    assert lock == Lock(
        locked=MOMENT,
        registry=digest(registry.path.read_bytes()),
        models={
            QWEN: LockedModel(entry=digest(b"{}"), revision=COMMIT, config=digest(CONFIG), index=digest(INDEX)),
            LLAMA: LockedModel(entry=digest(json.dumps(MODELS[LLAMA], sort_keys=True, separators=(",", ":")).encode())),
        },
    )


def test_an_entry_has_facts_of_its_own(tmp_path: Path) -> None:
    """Its licence and its revision, where they are texts."""
    registry = made_registry(tmp_path).with_entry({"id": QWEN, "license": "mit", "revision": "abc"})
    odd = registry.with_entry({"id": LLAMA, "license": 1})

    lock = lock_models(odd, [QWEN, LLAMA], cache=tmp_path / "none", moment=MOMENT)

    assert [(model.license, model.revision) for model in lock.models.values()] == [("mit", "abc"), (None, None)]


def test_a_lock_is_read_as_it_was_written(registry: ModelRegistry, cache: Path, tmp_path: Path) -> None:
    """And written again only if something but the time has changed."""
    path = tmp_path / "mgr.lock"
    lock = lock_models(registry, [QWEN], cache=cache, moment=MOMENT)

    assert write_lock(path, lock)
    before = path.read_bytes()

    assert read_lock(path) == lock
    assert not write_lock(path, replace(lock, locked="2027-01-01T00:00:00+00:00"))
    assert path.read_bytes() == before
    assert write_lock(path, replace(lock, registry="x"))


def test_nothing_has_changed(registry: ModelRegistry, cache: Path, tmp_path: Path) -> None:
    """Also where the cache is not there any more: what is not known is not compared."""
    lock = lock_models(registry, [QWEN, LLAMA], cache=cache, moment=MOMENT)

    assert drift(registry, lock, cache=cache) == []
    assert drift(registry, lock, cache=tmp_path / "none") == []


def test_each_change_is_named(registry: ModelRegistry, cache: Path, tmp_path: Path) -> None:
    """Of the registry, an entry, a licence, a file; and a model that is gone."""
    lock = lock_models(registry, [QWEN, LLAMA], cache=cache, moment=MOMENT)
    models = {QWEN: {"license": "mit"}}
    document = json.loads(registry.path.read_bytes())
    other = tmp_path / "other.json"
    other.write_text(json.dumps({**document, "models": models}))
    snapshot = cache / "models--Qwen--Qwen3-8B" / "snapshots" / COMMIT
    moved = Path(shutil.copytree(snapshot, snapshot.with_name("f" * 40)))
    (moved / "config.json").write_text('{"model_type": "qwen2"}')
    (cache / "models--Qwen--Qwen3-8B" / "refs" / "main").write_text("f" * 40)

    changes = drift(ModelRegistry(other), lock, cache=cache)

    short = {name: getattr(lock.models[QWEN], name)[:12] for name in ("entry", "config", "revision")}
    entry, config = digest(b'{"license":"mit"}'), digest(b'{"model_type": "qwen2"}')
    assert changes == [
        f"registry: {lock.registry[:12]} → {digest(other.read_bytes())[:12]}",
        f"{QWEN}: entry: {short['entry']} → {entry[:12]}",
        f"{QWEN}: license: none → mit",
        f"{QWEN}: revision: {short['revision']} → ffffffffffff",
        f"{QWEN}: config: {short['config']} → {config[:12]}",
        f"{LLAMA}: no longer in the registry",
    ]


def test_layers_have_one_digest(tmp_path: Path, registry: ModelRegistry) -> None:
    """That of their digests."""
    overlay = tmp_path / "overlay.json"
    overlay.write_text('{"version": "1.2.0", "extends": true, "models": {}}')
    both = ModelRegistry([registry.path, overlay])

    lock = lock_models(both, [QWEN], cache=tmp_path / "none", moment=MOMENT)

    digests = [digest(layer.path.read_bytes()) for layer in both.layers]
    assert len(digests) > 1
    assert lock.registry == digest("".join(digests).encode())


SOUND: dict[str, Any] = {"format": "mgr.lock/1", "locked": "x", "registry": "y", "models": {"a": {"entry": "z"}}}


@pytest.mark.parametrize(
    "document",
    [
        {},
        {**SOUND, "format": "mgr.lock/2"},
        {**SOUND, "locked": 1},
        {**SOUND, "registry": None},
        {**SOUND, "models": []},
        {**SOUND, "models": {"a": 1}},
        {**SOUND, "models": {"a": {}}},
        {**SOUND, "models": {"a": {"entry": "z", "license": 1}}},
    ],
)
def test_what_is_no_lock_is_refused(document: dict[str, Any], tmp_path: Path) -> None:
    """And not written over."""
    path = tmp_path / "mgr.lock"
    path.write_text(json.dumps(document))

    with pytest.raises(RegistryReadError, match="is no lock of this release"):
        read_lock(path)
    with pytest.raises(RegistryReadError, match="is no lock of this release"):
        write_lock(path, Lock(locked=MOMENT, registry="", models={}))

    assert json.loads(path.read_text()) == document


def test_what_newer_releases_add_is_ignored(tmp_path: Path) -> None:
    """In the file and in a model."""
    path = tmp_path / "mgr.lock"
    path.write_text(json.dumps({**SOUND, "more": 1, "models": {"a": {"entry": "z", "more": 2}}}))

    assert read_lock(path).models == {"a": LockedModel(entry="z")}


def test_what_is_not_there_is_told(registry: ModelRegistry, tmp_path: Path) -> None:
    """A lock, or a model."""
    with pytest.raises(RegistryNotFoundError):
        read_lock(tmp_path / "mgr.lock")
    with pytest.raises(UnknownModelError):
        lock_models(registry, ["a/b"], cache=tmp_path, moment=MOMENT)


@pytest.mark.parametrize("entry", [5, "text", [], True])
def test_whatever_stands_in_the_place_of_an_entry_is_locked(entry: object, tmp_path: Path) -> None:
    """A lock says what a model is; whether that is valid is another question."""
    path = tmp_path / "odd.json"
    path.write_text(
        json.dumps({"version": "1.2.0", "last_updated": MOMENT, "categories": {}, "models": {"a/b": entry}})
    )
    registry = ModelRegistry(path)

    lock = lock_models(registry, ["a/b"], cache=tmp_path / "none", moment=MOMENT)

    assert drift(registry, lock, cache=tmp_path / "none") == []


def test_a_file_that_is_left_out_of_the_registry_is_left_out_of_its_digest(tmp_path: Path) -> None:
    """One that is not there has no digest; the rest can be locked."""
    shown = made_registry(tmp_path).path
    overlay = tmp_path / "overlay.json"
    overlay.write_text('{"extends": true}')
    lost = tmp_path / "lost.json"
    lost.write_text('{"extends": true, "version": 5}')
    with pytest.warns(RegistryWarning, match="left out"):
        registry = ModelRegistry([shown, lost, overlay])
    lost.unlink()

    digests = [digest(path.read_bytes()) for path in (shown, overlay)]
    assert lock_models(registry, [], cache=tmp_path, moment=MOMENT).registry == digest("".join(digests).encode())


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are texts there")
def test_a_commit_whose_folder_has_no_text_for_a_name_is_escaped(registry: ModelRegistry, tmp_path: Path) -> None:
    """A lock is UTF-8."""
    snapshot = os.fsencode(tmp_path / "hub" / "models--Qwen--Qwen3-8B" / "snapshots") + b"/\xff"
    os.makedirs(snapshot)  # noqa: PTH103  (bytes)

    lock = lock_models(registry, [QWEN], cache=tmp_path / "hub", moment=MOMENT)

    assert lock.models[QWEN].revision == "\\udcff"
    assert write_lock(tmp_path / "mgr.lock", lock)


def test_what_a_cache_has_no_readable_file_for_is_not_known(registry: ModelRegistry, tmp_path: Path) -> None:
    """A scan tells that it is broken; the other models can be locked."""
    snapshot = tmp_path / "hub" / "models--Qwen--Qwen3-8B" / "snapshots" / "abc"
    (snapshot / "model.safetensors.index.json").mkdir(parents=True)

    lock = lock_models(registry, [QWEN, LLAMA], cache=tmp_path / "hub", moment=MOMENT)

    assert (lock.models[QWEN].revision, lock.models[QWEN].index) == ("abc", None)


def test_a_model_that_was_renamed_is_told(tmp_path: Path) -> None:
    """Beside what else has changed."""
    head = {"version": "1.2.0", "last_updated": MOMENT, "categories": {}}
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_text(json.dumps({**head, "models": {"a/old": {}}}))
    new.write_text(json.dumps({**head, "models": {"a/new": {"aliases": ["a/old"]}}}))
    lock = lock_models(ModelRegistry(old), ["a/old"], cache=tmp_path, moment=MOMENT)

    assert "a/old: renamed; now a/new" in drift(ModelRegistry(new), lock, cache=tmp_path)
