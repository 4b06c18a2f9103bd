"""
The cache of huggingface_hub, read without it: folders ``models--ORG--NAME`` with ``refs``, ``snapshots`` and ``blobs``.

The layout is that of huggingface_hub 2.4.0; ``nox -s upstream`` asks again.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from model_garden_registry.errors import RegistryReadError
from model_garden_registry.files.reading import is_folder, read_bytes, readable_names
from model_garden_registry.lifecycle.local.model_folders import files_below, size_bytes

_PREFIX, _SEPARATOR = "models--", "--"
_INCOMPLETE = ".incomplete"
#: A ref is a commit, or a little more.
_LONGEST_REF = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedModel:
    """
    A model in the cache.

    Args:
        id: As the folder says.

        path: The folder.

        revision: The commit of the snapshot: that of ``main``, else the newest.

        snapshot: The folder of that commit, if there is one.

        size_bytes: Of all its files, whatever snapshot they belong to.

        broken: What is missing, in words.
    """

    id: str
    path: Path
    revision: str | None
    snapshot: Path | None
    size_bytes: int
    broken: tuple[str, ...] = ()


def hub_cache() -> Path:
    """Return where huggingface_hub keeps its cache, by the variables that it follows."""
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if value := os.environ.get(name):
            return _expanded(value)
    if home := os.environ.get("HF_HOME"):
        return _expanded(home) / "hub"
    return _expanded(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface" / "hub"


def cached_models(cache: Path) -> Iterator[CachedModel]:
    """Yield the models of a cache, sorted by id; data sets and spaces are left out."""
    for name in sorted(readable_names(cache), key=str.casefold):
        if name.startswith(_PREFIX) and is_folder(cache / name):
            yield _cached_model(cache / name)


def _cached_model(folder: Path) -> CachedModel:
    broken = []
    snapshots, main = folder / "snapshots", _commit(folder / "refs" / "main")
    revision = main
    if main is None or not is_folder(snapshots / main):
        if main is not None:
            broken.append(f"main is {main[:12]}, of which nothing was downloaded")
        revision = _newest(snapshots)
    snapshot = None if revision is None else snapshots / revision
    if count := sum(name.endswith(_INCOMPLETE) for name in readable_names(folder / "blobs")):
        broken.append(f"{count} download{'s' if count > 1 else ''} not finished")
    files = (path for part in ("blobs", "snapshots") for path in files_below(folder / part))
    model_id = folder.name.removeprefix(_PREFIX).replace(_SEPARATOR, "/")
    size = size_bytes(files)
    return CachedModel(
        id=model_id, path=folder, revision=revision, snapshot=snapshot, size_bytes=size, broken=tuple(broken)
    )


def _commit(ref: Path) -> str | None:
    """Return the commit that a ref names, if it is a plain name."""
    try:
        commit = read_bytes(ref, _LONGEST_REF).decode().strip()
    except (RegistryReadError, UnicodeDecodeError):
        return None
    return commit if commit.isalnum() else None


def _newest(snapshots: Path) -> str | None:
    times: dict[str, float] = {}
    for name in readable_names(snapshots):
        with suppress(OSError):
            status = (snapshots / name).stat()
            times |= {name: status.st_mtime} if stat.S_ISDIR(status.st_mode) else {}
    return max(times, key=lambda name: times[name]) if times else None


def _expanded(text: str) -> Path:
    return Path(os.path.expanduser(os.path.expandvars(text)))  # noqa: PTH111  (an unknown user's stays as it is)
