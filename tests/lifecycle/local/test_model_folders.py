"""A folder with a model's files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry.lifecycle.local.model_folders import (
    ModelFolder,
    model_folders,
    read_model_folder,
    size_bytes,
)

INDEX = "model.safetensors.index.json"


def write(folder: Path, **files: Any) -> Path:
    """Write files, named with `__` for a dot."""
    for name, content in files.items():
        path = folder / name.replace("__", ".")
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    return folder


def test_a_model_is_read(tmp_path: Path) -> None:
    """Its config.json, the index of its safetensors files, and that it has weights."""
    index = {"weight_map": {"a": "m-1.safetensors", "b": "m-2.safetensors"}}
    write(tmp_path, config__json={"model_type": "llama"}, model__safetensors__index__json=index)
    write(tmp_path, **{"m-1__safetensors": "", "m-2__safetensors": "", "README__md": ""})

    assert read_model_folder(tmp_path) == ModelFolder(
        path=tmp_path, config=tmp_path / "config.json", index=tmp_path / INDEX, has_weights=True
    )


@pytest.mark.parametrize(
    ("files", "read"),
    [
        pytest.param({"config__json": {"_class_name": "UNet"}}, {}, id="a config.json of another kind"),
        pytest.param(
            {"config__json": "{"},
            {"broken": ("config.json is not JSON: expecting property name enclosed in double quotes",)},
            id="a broken one",
        ),
        pytest.param(
            {"adapter_config__json": {"base_model_name_or_path": "org/m"}}, {"base_model": "org/m"}, id="an adapter"
        ),
        pytest.param({"adapter_config__json": {"base_model_name_or_path": 1}}, {}, id="an adapter of nothing"),
        pytest.param(
            {"model__safetensors__index__json": {"weight_map": {str(n): f"m-{n}.safetensors" for n in range(5)}}},
            {
                "index": INDEX,
                "broken": (
                    f"{INDEX} names m-0.safetensors, m-1.safetensors, m-2.safetensors and 2 more, which are not there",
                ),
            },
            id="shards that are not there",
        ),
        pytest.param(
            {"model__safetensors__index__json": {"weight_map": {"a": "../x", "b": "/x", "c": 1, "d": "", "e": "a\\b"}}},
            {"index": INDEX},
            id="names that lead out of the folder are not looked at",
        ),
        pytest.param({"model__safetensors__index__json": {"weight_map": []}}, {"index": INDEX}, id="no map"),
        pytest.param(
            {"model__safetensors__index__json": "[]"},
            {"index": INDEX, "broken": (f"{INDEX} holds a list, not an object",)},
            id="no object",
        ),
        pytest.param(
            {"pytorch_model__bin__index__json": {"weight_map": {"a": "p.bin"}}, "p__bin": ""},
            {"has_weights": True},
            id="an index of other files",
        ),
    ],
)
def test_what_is_odd_is_told(files: dict[str, Any], read: dict[str, Any], tmp_path: Path) -> None:
    """And never an exception."""
    write(tmp_path, **files)
    wanted = {name: tmp_path / value if name == "index" else value for name, value in read.items()}

    assert read_model_folder(tmp_path) == ModelFolder(path=tmp_path, **wanted)


def test_links_that_lead_nowhere_are_told(tmp_path: Path) -> None:
    """They are no config.json, no index and no weights."""
    try:
        for name in ("config.json", INDEX, "m.safetensors"):
            (tmp_path / name).symlink_to("gone")
    except OSError:
        pytest.skip("this user may not make links")

    (words,) = read_model_folder(tmp_path).broken

    assert words == f"config.json, m.safetensors, {INDEX} are not downloaded: the link leads nowhere"
    assert read_model_folder(tmp_path) == ModelFolder(path=tmp_path, broken=(words,))


def test_folders_are_searched(tmp_path: Path) -> None:
    """A few levels deep; hidden ones, and those of a cache, are left out."""
    found = ["", "a", "a/b", "a/b/c/d/e"]
    for name in (*found, ".hidden", "a/b/c/d/e/f", "models--a--b/snapshots/x"):
        (tmp_path / name).mkdir(parents=True, exist_ok=True)
        (tmp_path / name / ("config.json" if "b" in name else "adapter_config.json")).write_text("{}")

    assert list(model_folders(tmp_path)) == [tmp_path / name for name in found]


def test_each_file_counts_once(tmp_path: Path) -> None:
    """Whatever links lead to it."""
    first, other = tmp_path / "a", tmp_path / "b"
    first.write_bytes(b"x" * 10)
    other.hardlink_to(first)

    assert size_bytes([first, other, first, tmp_path / "gone"]) == 10
