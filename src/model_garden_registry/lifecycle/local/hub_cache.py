"""
The cache of huggingface_hub, read without it: folders ``models--ORG--NAME`` with ``refs``, ``snapshots`` and ``blobs``.

The layout is that of huggingface_hub 2.4.0; ``nox -s upstream`` asks again.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from model_garden_registry.lifecycle.local.model_folders import size_bytes

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
    for folder in sorted(cache.glob(f"{_PREFIX}*"), key=lambda path: path.name.casefold()):
        if folder.is_dir():
            yield _cached_model(folder)


def _cached_model(folder: Path) -> CachedModel:
    broken = []
    snapshots, main = folder / "snapshots", _commit(folder / "refs" / "main")
    revision = main
    if main is None or not (snapshots / main).is_dir():
        if main is not None:
            broken.append(f"main is {main[:12]}, of which nothing was downloaded")
        revision = _newest(snapshots)
    snapshot = None if revision is None else snapshots / revision
    if incomplete := sorted(folder.glob(f"blobs/*{_INCOMPLETE}")):
        count = len(incomplete)
        broken.append(f"{count} download{'s' if count > 1 else ''} not finished")
    files = (path for part in ("blobs", "snapshots") for path in (folder / part).rglob("*") if path.is_file())
    model_id = folder.name.removeprefix(_PREFIX).replace(_SEPARATOR, "/")
    size = size_bytes(files)
    return CachedModel(
        id=model_id, path=folder, revision=revision, snapshot=snapshot, size_bytes=size, broken=tuple(broken)
    )


def _commit(ref: Path) -> str | None:
    """Return the commit that a ref names, if it is a plain name."""
    try:
        with ref.open(encoding="utf-8") as file:
            commit = file.read(_LONGEST_REF).strip()
    except (OSError, ValueError):
        return None
    return commit if commit.isalnum() else None


def _newest(snapshots: Path) -> str | None:
    if not snapshots.is_dir():
        return None
    found = [path for path in snapshots.iterdir() if path.is_dir()]
    return max(found, key=lambda path: path.stat().st_mtime).name if found else None


def _expanded(text: str) -> Path:
    return Path(os.path.expandvars(text)).expanduser()
