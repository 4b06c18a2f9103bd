"""A registry of one's own models: an overlay, and the entries in it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from model_garden_registry.bundled import bundled_overlay_schema
from model_garden_registry.entries.format_version import EXTENDS, FORMAT_VERSION
from model_garden_registry.errors import RegistryWriteError
from model_garden_registry.files.location import NamedBy
from model_garden_registry.files.overlays import RegistryLayer
from model_garden_registry.files.writing.additions import add_entry, document_text, refuse_known, remove_entry
from model_garden_registry.files.writing.replacing import make_folder, write_file

#: Files that belong to others, or that the next release or download replaces.
_NOT_OWN = {
    NamedBy.SHIPPED: "the shipped registry is read-only",
    NamedBy.REMOTE: "the registry in use is a download",
    NamedBy.ORGANISATION: "the registry in use is that of the organisation",
}


def init_overlay(path: Path, *, moment: str) -> Path:
    """
    Write an empty overlay, and the schema of overlays beside it for editors; return the path of the schema.

    Args:
        path: The file; its folder is created if missing.

        moment: Now, with UTC offset.

    Raises:
        FileExistsError: There is a file.

        RegistryWriteError: One of the files cannot be written.
    """
    if os.path.lexists(path):
        raise FileExistsError(path)
    make_folder(path.parent)
    schema = path.with_name(bundled_overlay_schema().name)
    if os.path.lexists(schema) and not schema.is_file():
        raise RegistryWriteError(schema, "is no file: the schema of overlays goes there")
    if not schema.exists():
        write_file(schema, bundled_overlay_schema().read_bytes())
    head = {"$schema": f"./{schema.name}", EXTENDS: True, "version": FORMAT_VERSION, "last_updated": moment}
    write_file(path, f"{document_text({**head, 'models': {}})}\n".encode())
    return schema


def own_file(layers: tuple[RegistryLayer, ...]) -> Path:
    """
    Return the file to which own models are written: the strongest of a registry.

    Raises:
        RegistryWriteError: It belongs to others.
    """
    strongest = layers[-1]
    if (problem := _NOT_OWN.get(strongest.named_by)) is not None:
        raise RegistryWriteError(strongest.path, f"{problem}: mgr registry init makes one for your own models")
    if strongest.problem is not None:
        raise strongest.problem
    return strongest.path


def add_model(
    layers: tuple[RegistryLayer, ...],
    entry: Mapping[str, Any],
    *,
    categories: Mapping[str, Any],
    moment: str,
    may_cover: bool = False,
) -> Path:
    """
    Add an entry to the strongest file of a registry, and return that file.

    Args:
        categories: Definitions of the registry, for a file that stands alone.

        moment: Now, with UTC offset.

        may_cover: Whether a file below the strongest may have the entry.

    Raises:
        EntryExistsError: The file, or one below it, has an entry with its id.

        RegistryReadError: The file is no registry any more.

        RegistryWriteError: It cannot be written; see ``own_file`` and ``edit_file``.
    """
    path = own_file(layers)
    if not may_cover:
        refuse_stated(layers, entry["id"])
    add_entry(path, entry, categories={} if layers[-1].is_overlay else categories, moment=moment)
    return path


def refuse_stated(layers: tuple[RegistryLayer, ...], model_id: str) -> None:
    """
    Refuse an id that an entry of a registry has, also as a former id or in another case.

    Raises:
        EntryExistsError: An entry has it; the error names the strongest file that states something of it.
    """
    stated = {key: (layer.path, known) for layer in layers for key, known in layer.models.items()}
    for key, (owner, known) in stated.items():
        written = None if owner == layers[-1].path else layers[-1].path
        refuse_known({key: known} if known is not None else {}, owner, model_id, written=written)


def remove_model(layers: tuple[RegistryLayer, ...], model_id: str, *, restores: bool = False) -> Path:
    """
    Remove an entry from the strongest file of a registry, or hide the one below it; return that file.

    Args:
        restores: Whether to remove only what that file states, so that the entry below it is used as it is.

    Raises:
        RegistryReadError: The file is no registry any more.

        RegistryWriteError: It cannot be written; see ``own_file`` and ``edit_file``.
    """
    path = own_file(layers)
    remove_entry(path, model_id, hides=not restores and is_below(layers, model_id))
    return path


def is_below(layers: tuple[RegistryLayer, ...], model_id: str) -> bool:
    """Return whether the files below the strongest have an entry."""
    stating = (layer.models[model_id] for layer in reversed(layers[:-1]) if model_id in layer.models)
    return layers[-1].is_overlay and next(stating, None) is not None
