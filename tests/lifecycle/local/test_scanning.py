"""Models on this machine, and which of them the registry has."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path
from typing import Any

import pytest
from hub_stand_in import COMMIT, hub
from own_ids import made_registry
from small_llama import CONFIG

from model_garden_registry import ModelRegistry, RegistryReadError
from model_garden_registry.lifecycle.local.scanning import FoundModel, scan_models

MODEL = {"config.json": json.dumps(CONFIG).encode(), "model.safetensors": b"x" * 1000}
SIZE = sum(map(len, MODEL.values()))


@pytest.fixture
def registry(tmp_path: Path) -> ModelRegistry:
    """Return the small registry."""
    return made_registry(tmp_path)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """Make a cache with the real library: known models, an unknown one, one of another kind, one without weights."""
    huggingface_hub = pytest.importorskip("huggingface_hub", reason="huggingface_hub is not installed")
    ids = ("Qwen/Qwen3-8B", "unsloth/Qwen2-7B-Instruct", "acme/owl", "BAAI/bge-m3", "acme/without", "gpt2")
    with hub(dict.fromkeys(ids, MODEL)) as address:
        for model_id in ids:
            for name in MODEL if model_id != "acme/without" else ["config.json"]:
                huggingface_hub.hf_hub_download(model_id, name, cache_dir=tmp_path / "hub", endpoint=address)
    return tmp_path / "hub"


def test_a_cache_is_compared_with_the_registry(registry: ModelRegistry, cache: Path) -> None:
    """What has an entry, what has not, and the command that adds it."""
    found = {model.id: model for model in scan_models(registry, cache)}

    def snapshot(name: str) -> Path:
        return cache / f"models--{name}" / "snapshots" / COMMIT

    assert {name: (model.entry, model.note) for name, model in found.items()} == {
        "acme/owl": (None, None),
        "acme/without": (None, "no weights were downloaded"),
        "BAAI/bge-m3": (
            None,
            "an embedding model, out of scope: the registry has models that write text, from text or images",
        ),
        "gpt2": (None, None),
        "Qwen/Qwen3-8B": ("Qwen/Qwen3-8B", None),
        "unsloth/Qwen2-7B-Instruct": ("Qwen/Qwen2-7B-Instruct", None),
    }
    assert found["acme/owl"] == FoundModel(
        id="acme/owl",
        path=snapshot("acme--owl"),
        source="cache",
        size_bytes=SIZE,
        revision=COMMIT,
        command=f"mgr new acme/owl --config {shlex.quote(str(snapshot('acme--owl') / 'config.json'))} --write",
    )
    assert [model.id for model in found.values() if model.command] == ["acme/owl", "acme/without"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make folders of models: a checkpoint with an index, an adapter, and a download that was not finished."""
    folder = tmp_path / "my runs"
    for name in ("owl 8b/checkpoint-5", "adapter", "half", "unet"):
        (folder / name).mkdir(parents=True)
    checkpoint = folder / "owl 8b/checkpoint-5"
    (checkpoint / "config.json").write_text(json.dumps(CONFIG))
    (checkpoint / "model.safetensors.index.json").write_text('{"weight_map": {"a": "m-1.safetensors"}}')
    (folder / "adapter/adapter_config.json").write_text('{"base_model_name_or_path": "Qwen/Qwen3-8B"}')
    (folder / "half/config.json").write_text(json.dumps(CONFIG))
    (folder / "unet/config.json").write_text("{}")
    part = folder / "half/.cache/huggingface/download/model.safetensors.x.incomplete"
    part.parent.mkdir(parents=True)
    part.write_text("")
    return folder


def test_folders_are_read(registry: ModelRegistry, folder: Path) -> None:
    """Named after the folder; an adapter has the model below it, a broken download what is missing."""
    found = {model.id: model for model in scan_models(registry, None, [folder, folder / "adapter"])}

    assert {name: (model.source, model.base_model, model.broken) for name, model in found.items()} == {
        "own/adapter": ("folder", "Qwen/Qwen3-8B", ()),
        "own/half": ("folder", None, ("1 download not finished",)),
        "own/checkpoint-5": (
            "folder",
            None,
            ("model.safetensors.index.json names m-1.safetensors, which is not there",),
        ),
    }
    checkpoint = folder / "owl 8b/checkpoint-5"
    files = [str(checkpoint / name) for name in ("config.json", "model.safetensors.index.json")]
    assert shlex.split(found["own/checkpoint-5"].command or "") == (
        ["mgr", "new", "own/checkpoint-5", "--config", files[0], "--index", files[1], "--write"]
    )
    assert found["own/adapter"].command is None


def test_a_folder_may_be_a_cache(registry: ModelRegistry, cache: Path) -> None:
    """Named twice, it is read once."""
    assert scan_models(registry, None, [cache]) == scan_models(registry, cache, [cache]) == scan_models(registry, cache)


def test_a_model_that_was_added_is_in_the_registry(tmp_path: Path, folder: Path) -> None:
    """The command's id is the one that is looked for."""
    registry = made_registry(tmp_path).with_entry({"id": "own/half"})

    found = {model.id: model for model in scan_models(registry, None, [folder])}

    assert (found["own/half"].entry, found["own/half"].command) == ("own/half", None)


def test_what_is_written_otherwise_is_left_open(tmp_path: Path) -> None:
    """A name without organisation may mean an entry: it is neither said to have one, nor refused."""
    (tmp_path / "hub" / "models--Qwen3-8B").mkdir(parents=True)

    (found,) = scan_models(made_registry(tmp_path), tmp_path / "hub")

    assert (found.entry, found.note, found.path) == (
        None,
        "no weights were downloaded",
        tmp_path / "hub" / "models--Qwen3-8B",
    )


def test_a_folder_that_is_not_there_is_told(registry: ModelRegistry, tmp_path: Path) -> None:
    """As one line."""
    with pytest.raises(RegistryReadError, match="gone: is not a folder"):
        scan_models(registry, None, [tmp_path / "gone"])


def test_a_folder_that_may_not_be_read_is_told(
    registry: ModelRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is named is an error; one below it is broken."""
    (tmp_path / "all" / "closed").mkdir(parents=True)
    scan, names = os.scandir, os.listdir

    def refusing(take: Any) -> Any:
        def taken(path: Any) -> Any:
            if Path(path).name == "closed":
                raise PermissionError(13, "Permission denied", str(path))
            return take(path)

        return taken

    monkeypatch.setattr(os, "scandir", refusing(scan))
    monkeypatch.setattr(os, "listdir", refusing(names))

    with pytest.raises(RegistryReadError, match="closed: may not be read by this user"):
        scan_models(registry, None, [tmp_path / "all" / "closed"])
    (found,) = scan_models(registry, None, [tmp_path / "all"])
    assert (found.id, found.broken) == ("own/closed", ("may not be read by this user",))
