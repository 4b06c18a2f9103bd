"""``mgr.lock``: what models were when they were chosen, and what has changed since."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from model_garden_registry.errors import RegistryReadError, UnknownModelError
from model_garden_registry.files.documents import parse_document, read_document
from model_garden_registry.files.overlays import RegistryLayer
from model_garden_registry.files.reading import LARGEST_CONFIG_BYTES, read_bytes
from model_garden_registry.files.writing.replacing import edit_file
from model_garden_registry.lifecycle.known_ids import Ids
from model_garden_registry.lifecycle.local.hub_cache import CachedModel, cached_models
from model_garden_registry.lifecycle.local.model_folders import read_model_folder
from model_garden_registry.visible_text import visible

LOCK_FILE = "mgr.lock"
FORMAT = "mgr.lock/1"
#: Characters of a digest that a message shows.
_SHOWN = 12


class LockableRegistry(Ids, Protocol):
    """What a lock needs of a registry, as ``ModelRegistry`` has it."""

    @property
    def layers(self) -> tuple[RegistryLayer, ...]:
        """The files that the models come from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedModel:
    """
    What a model was.

    Args:
        entry: SHA-256 of its entry.

        license: As the entry says.

        revision: The commit in the cache of huggingface_hub, else the one that the entry names; None: neither.

        config: SHA-256 of its config.json in the cache; None: it is not there.

        index: SHA-256 of its index of shards in the cache; None: it is not there.
    """

    entry: str
    license: str | None = None
    revision: str | None = None
    config: str | None = None
    index: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """
    What models were at one time.

    Args:
        locked: The time, with UTC offset.

        registry: SHA-256 of the registry's file; of several layers, of their digests.

        models: By id.
    """

    locked: str
    registry: str
    models: Mapping[str, LockedModel]


def lock_models(registry: LockableRegistry, ids: Iterable[str], *, cache: Path, moment: str) -> Lock:
    """
    Return what models are now.

    Args:
        ids: Ids of entries.

        cache: The cache of huggingface_hub, as ``hub_cache`` returns it.

        moment: The time, with UTC offset.

    Raises:
        UnknownModelError: One of them has no entry.
    """
    cached = {model.id.casefold(): model for model in cached_models(cache)}
    models = {model_id: _locked(registry.raw(model_id), cached.get(model_id.casefold())) for model_id in ids}
    return Lock(locked=moment, registry=_registry_digest(registry), models=models)


def read_lock(path: Path) -> Lock:
    """
    Read a lock.

    Raises:
        RegistryNotFoundError: There is no such file.

        RegistryReadError: It is no lock.
    """
    return _parsed(read_document(path, LARGEST_CONFIG_BYTES), path)


def write_lock(path: Path, lock: Lock) -> bool:
    """
    Write a lock in place of another, and return whether anything but its time has changed; else nothing is written.

    Raises:
        RegistryWriteError: It cannot be written (see ``edit_file``), or there is another kind of file.
    """
    is_changed = True

    def change(content: bytes | None) -> bytes:
        nonlocal is_changed
        if content is not None:
            old = _parsed(parse_document(content, path), path)
            if (old.registry, old.models) == (lock.registry, lock.models):
                is_changed = False
                return content
        return f"{json.dumps(_document(lock), indent=2, ensure_ascii=False)}\n".encode()

    edit_file(path, change)
    return is_changed


def drift(registry: LockableRegistry, lock: Lock, *, cache: Path) -> list[str]:
    """
    Return a sentence for everything that is no longer as it was locked.

    Revision and digests of files are compared only where the model is in the cache, now and when it was locked.
    """
    found = []
    if (now := _registry_digest(registry)) != lock.registry:
        found.append(f"registry: {_short(lock.registry)} → {_short(now)}")
    cached = {model.id.casefold(): model for model in cached_models(cache)}
    ids = set(registry)
    for model_id, old in lock.models.items():
        try:
            new = _locked(registry.raw(model_id), cached.get(model_id.casefold()))
        except UnknownModelError:
            found.append(f"{model_id}: no longer in the registry")
            continue
        if model_id not in ids:
            found.append(f"{model_id}: renamed; now {registry.resolve(model_id).id}")
        found += (f"{model_id}: {words}" for words in _changes(old, new))
    return found


def _changes(old: LockedModel, new: LockedModel) -> Iterator[str]:
    for field in fields(LockedModel):
        before, after = getattr(old, field.name), getattr(new, field.name)
        is_known = field.name == "license" or None not in (before, after)
        if before != after and is_known:
            yield f"{field.name}: {_short(before)} → {_short(after)}"


def _locked(entry: object, cached: CachedModel | None) -> LockedModel:
    """Return what a model is, whatever a file states in the place of its entry."""
    canonical = json.dumps(entry, sort_keys=True, separators=(",", ":")).encode()
    stated = {name: entry.get(name) for name in ("license", "revision")} if isinstance(entry, dict) else {}
    facts: dict[str, Any] = {name: value for name, value in stated.items() if isinstance(value, str)}
    if cached is not None and cached.snapshot is not None:
        folder = read_model_folder(cached.snapshot)
        digests = {"config": _digest(folder.config), "index": _digest(folder.index)}
        revision = visible(cached.revision or "")  # the name of a folder, which need not be UTF-8
        facts |= {"revision": revision, **{name: digest for name, digest in digests.items() if digest}}
    return LockedModel(entry=sha256(canonical).hexdigest(), **facts)


def _digest(path: Path | None) -> str | None:
    """Return the digest of a file; None where a cache has none that can be read, which a scan of it tells."""
    if path is not None:
        with suppress(RegistryReadError):
            return sha256(read_bytes(path)).hexdigest()
    return None


def _registry_digest(registry: LockableRegistry) -> str:
    """Return the digest of the files that count: one that cannot be used is left out of the registry, too."""
    digests = [sha256(read_bytes(layer.path)).hexdigest() for layer in registry.layers if layer.problem is None]
    return digests[0] if len(digests) == 1 else sha256("".join(digests).encode()).hexdigest()


def _document(lock: Lock) -> dict[str, Any]:
    models = {
        model_id: {field.name: getattr(model, field.name) for field in fields(LockedModel)}
        for model_id, model in lock.models.items()
    }
    return {"format": FORMAT, "locked": lock.locked, "registry": lock.registry, "models": models}


def _parsed(document: Mapping[str, Any], path: Path) -> Lock:
    """Return a document as a lock; what newer releases add is ignored."""
    locked, registry, models = (document.get(name) for name in ("locked", "registry", "models"))
    is_lock = document.get("format") == FORMAT and isinstance(locked, str) and isinstance(registry, str)
    if not is_lock or not isinstance(models, dict) or not all(map(_is_locked, models.values())):
        raise RegistryReadError(path, "is no lock of this release: make a new one with mgr registry lock")
    names = [field.name for field in fields(LockedModel)]
    return Lock(
        locked=str(locked),
        registry=str(registry),
        models={key: LockedModel(**{name: value.get(name) for name in names}) for key, value in models.items()},
    )


def _is_locked(model: object) -> bool:
    if not isinstance(model, dict) or not isinstance(model.get("entry"), str):
        return False
    return all(isinstance(model.get(field.name), str | None) for field in fields(LockedModel))


def _short(value: str | None) -> str:
    if value is None:
        return "none"
    return value[:_SHOWN] if len(value) >= 40 and value.isalnum() else value
