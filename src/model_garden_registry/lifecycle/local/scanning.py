"""Models on this machine: in the cache of huggingface_hub and in folders, and which of them the registry has."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from os.path import realpath
from pathlib import Path
from typing import Literal

from model_garden_registry.errors import RegistryReadError, UnknownModelError
from model_garden_registry.files.reading import is_folder, names_in, readable_names
from model_garden_registry.lifecycle.known_ids import Ids, KnownIds
from model_garden_registry.lifecycle.local.hub_cache import CachedModel, cached_models
from model_garden_registry.lifecycle.local.model_folders import (
    ModelFolder,
    files_below,
    model_folders,
    read_model_folder,
    size_bytes,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundModel:
    """
    A model on this machine.

    Args:
        id: As the cache names it; of a folder, one made from its name.

        path: The folder that has its files.

        source: Whether it is in a cache of huggingface_hub or in a folder.

        size_bytes: Of its files.

        entry: The id of its entry in the registry, if there is one.

        revision: The commit of its files, if it is in a cache.

        base_model: Of an adapter, the model below it.

        note: Why it has no entry, if that is known.

        broken: What is missing or cannot be read, in words.

        command: The command that adds it to the registry, if config.json is there and it has no entry.
    """

    id: str
    path: Path
    source: Literal["cache", "folder"]
    size_bytes: int
    entry: str | None = None
    revision: str | None = None
    base_model: str | None = None
    note: str | None = None
    broken: tuple[str, ...] = ()
    command: str | None = None


def scan_models(registry: Ids, cache: Path | None, folders: Iterable[Path] = ()) -> list[FoundModel]:
    """
    Return the models in a cache of huggingface_hub and in folders, with what the registry has of them.

    Nothing is downloaded.

    Args:
        registry: What is known, such as a ``ModelRegistry``.

        cache: As ``hub_cache`` returns it; None: no cache.

        folders: Folders of models, or with such folders below them; a cache counts as well.

    Raises:
        RegistryReadError: One of the folders is none.
    """
    known = KnownIds(registry)
    found: dict[Path, FoundModel] = {}
    for model in _found(cache, folders):
        found.setdefault(Path(realpath(model.path)), _known(model, known, registry))
    return list(found.values())


def _found(cache: Path | None, folders: Iterable[Path]) -> Iterator[FoundModel]:
    if cache is not None:
        yield from map(_of_cache, cached_models(cache))
    for folder in folders:
        if not is_folder(folder):
            raise RegistryReadError(folder, "is not a folder", code="not-found")
        names_in(folder)  # whether this user may read it
        yield from map(_of_cache, cached_models(folder))
        for path in model_folders(folder):
            read = read_model_folder(path)
            if read.config or read.base_model or read.broken:
                yield _of_folder(read)


def _of_cache(cached: CachedModel) -> FoundModel:
    read = read_model_folder(cached.snapshot) if cached.snapshot else ModelFolder(path=cached.path)
    return FoundModel(
        id=cached.id,
        path=cached.snapshot or cached.path,
        source="cache",
        size_bytes=cached.size_bytes,
        revision=cached.revision,
        base_model=read.base_model,
        note=None if read.has_weights else "no weights were downloaded",
        broken=(*cached.broken, *read.broken),
        command=_command(cached.id, read),
    )


def _of_folder(read: ModelFolder) -> FoundModel:
    name = re.sub(r"[^A-Za-z0-9._-]+|--+|\.\.+", "-", Path(realpath(read.path)).name)[:96].strip("-._")
    model_id = f"own/{name or 'model'}"
    downloads = files_below(read.path / ".cache" / "huggingface" / "download")
    unfinished = sum(path.name.endswith(".incomplete") for path in downloads)
    words = f"{unfinished} download{'s' if unfinished > 1 else ''} not finished"
    return FoundModel(
        id=model_id,
        path=read.path,
        source="folder",
        size_bytes=size_bytes(map(read.path.joinpath, readable_names(read.path))),
        base_model=read.base_model,
        broken=(*([words] if unfinished else ()), *read.broken),
        command=_command(model_id, read),
    )


def _command(model_id: str, read: ModelFolder) -> str | None:
    """Return the command that makes an entry, with the file that it is read from."""
    if read.config is None or read.base_model is not None or "/" not in model_id:
        return None
    index = ["--index", str(read.index)] if read.index else []
    return shlex.join(["mgr", "new", model_id, "--config", str(read.config), *index, "--write"])


def _known(model: FoundModel, known: KnownIds, registry: Ids) -> FoundModel:
    """Return a model with what the registry tells about it."""
    if model.base_model is not None:
        return model
    if (key := known.key(model.id)) is not None:
        return replace(model, entry=key, command=None)
    try:
        registry.resolve(model.id)
    except UnknownModelError as error:
        if error.problem:
            return replace(model, note=error.problem, command=None)
    return model
