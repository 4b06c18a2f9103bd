"""A folder with a model's files: its config.json, the model below an adapter, its size, and what is missing in it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from model_garden_registry.errors import RegistryReadError
from model_garden_registry.files.documents import read_document
from model_garden_registry.files.reading import LARGEST_CONFIG_BYTES, is_there, names_in

CONFIG, ADAPTER = "config.json", "adapter_config.json"
#: Endings of files of weights.
_WEIGHTS = (".safetensors", ".bin", ".gguf", ".pt", ".pth")
_INDEX = ".index.json"
#: Most names that a sentence lists.
_NAMED = 3
#: How deep folders are searched: ``runs/NAME/checkpoint-500``, and a little more.
_DEEPEST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFolder:
    """
    A folder with a model's files.

    Args:
        path: The folder.

        config: Its config.json, if it has one that can be read.

        index: Its index of shards in safetensors files, if it has one.

        base_model: The model below an adapter, as its adapter_config.json names it.

        has_weights: Whether it has files of weights.

        broken: What is missing or cannot be read, in words.
    """

    path: Path
    config: Path | None = None
    index: Path | None = None
    base_model: str | None = None
    has_weights: bool = False
    broken: tuple[str, ...] = ()


def model_folders(folder: Path) -> Iterator[Path]:
    """
    Yield the folders in and below one that have a model or an adapter, sorted; hidden folders are left out.

    At the end are those that this user may not read.
    """
    closed: list[OSError] = []
    for parent, folders, names in os.walk(folder, onerror=closed.append):
        depth = len(Path(parent).relative_to(folder).parts)
        folders[:] = sorted(name for name in folders if depth < _DEEPEST and not name.startswith((".", "models--")))
        if CONFIG in names or ADAPTER in names:
            yield Path(parent)
    yield from (Path(error.filename) for error in closed)


def read_model_folder(path: Path) -> ModelFolder:
    """Read a folder with a model's files; what cannot be read is told in ``broken``."""
    broken: list[str] = []
    try:
        names = names_in(path)
    except RegistryReadError as error:
        return ModelFolder(path=path, broken=(error.problem,))
    adapter = _read(path / ADAPTER, broken) if ADAPTER in names else None
    config = _read(path / CONFIG, broken) if CONFIG in names else None
    base = adapter.get("base_model_name_or_path") if adapter else None
    indices = [name for name in names if name.endswith(_INDEX)]
    if dangling := [name for name in names if not is_there(path / name)]:
        broken.append(f"{_listed(dangling)} {_is(dangling)} not downloaded: the link leads nowhere")
    for name in indices:
        if name not in dangling and (absent := _absent(path, _read(path / name, broken) or {})):
            broken.append(f"{name} names {_listed(absent)}, which {_is(absent)} not there")
    safetensors = next((name for name in indices if "safetensors" in name and name not in dangling), None)
    return ModelFolder(
        path=path,
        config=path / CONFIG if config is not None and isinstance(config.get("model_type"), str) else None,
        index=path / safetensors if safetensors else None,
        base_model=base if isinstance(base, str) else None,
        has_weights=any(name.endswith(_WEIGHTS) for name in names if name not in dangling),
        broken=tuple(broken),
    )


def files_below(folder: Path) -> Iterator[Path]:
    """Yield everything in and below a folder that is none; folders that this user may not read are left out."""
    for parent, _, names in os.walk(folder):
        yield from (Path(parent, name) for name in names)


def size_bytes(files: Iterable[Path]) -> int:
    """Return the bytes of files, each counted once whatever links lead to it; links that lead nowhere count nothing."""
    sizes: dict[tuple[int, int], int] = {}
    for file in files:
        try:
            status = file.stat()
        except OSError:
            continue
        if stat.S_ISREG(status.st_mode):
            sizes[status.st_dev, status.st_ino] = status.st_size
    return sum(sizes.values())


def _read(path: Path, broken: list[str]) -> dict[str, Any] | None:
    largest = None if path.name.endswith(_INDEX) else LARGEST_CONFIG_BYTES
    try:
        return read_document(path, largest, finite=False) if is_there(path) else None
    except RegistryReadError as error:
        broken.append(f"{path.name} {error.problem}")
        return None


def _absent(path: Path, index: dict[str, Any]) -> list[str]:
    """Return the shards that an index names and the folder has not; links that lead nowhere are told by themselves."""
    shards = index.get("weight_map")
    named = {name for name in shards.values() if isinstance(name, str)} if isinstance(shards, dict) else set()
    return sorted(name for name in named if _is_below(name) and not os.path.lexists(path / name))


def _is_below(name: str) -> bool:
    """Return whether a name stays in its folder: an index may come from anywhere."""
    parts = PurePosixPath(name).parts
    return bool(parts) and parts[0] != "/" and ".." not in parts and "\\" not in name and "\0" not in name


def _listed(names: list[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _is(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"
