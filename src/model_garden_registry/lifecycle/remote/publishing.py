"""A registry as files for any web server or object store: the registry under its digest, and an index that names it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from model_garden_registry.errors import RegistryReadError
from model_garden_registry.files.layering import load_layers
from model_garden_registry.files.location import StrPath, find_layers, given_paths
from model_garden_registry.files.writing.additions import document_text
from model_garden_registry.files.writing.replacing import make_folder, write_file
from model_garden_registry.lifecycle.remote.indexes import LOWEST_RELEASE, Index, index_document

INDEX_NAME = "index.json"


class Published(NamedTuple):
    """
    The files of a published registry.

    Args:
        registry_file: The registry, named by its digest: it may be cached forever.

        index_file: The index: it is replaced with each registry.

        facts: The content of the index.
    """

    registry_file: Path
    index_file: Path
    facts: Index


def publish_registry(folder: Path, *, registry: StrPath | Sequence[StrPath] | None = None) -> Published:
    """
    Write a registry as ``registry-SHA256.json``, then the ``index.json`` that names it.

    Registries of earlier calls stay, for readers that have read the index before.

    Args:
        folder: Where to write; it is created if missing.

        registry: A registry file, or several, the weakest first; an overlay is published merged with what it lies on.
            None: the registry in use.

    Raises:
        RegistryError: The registry cannot be read.

        RegistryReadError: It has no date.

        RegistryWriteError: The folder or a file cannot be written.
    """
    file = load_layers(find_layers(given_paths(registry)))
    if not file.last_updated:
        raise RegistryReadError(file.path, "has no last_updated that can be read: readers compare it with theirs")
    content = canonical_bytes(file.document)
    facts = Index(hashlib.sha256(content).hexdigest(), file.version, file.last_updated, LOWEST_RELEASE)
    make_folder(folder)
    published = Published(folder / facts.file, folder / INDEX_NAME, facts)
    write_file(published.registry_file, content, is_forced=True)
    write_file(published.index_file, f"{document_text(index_document(facts))}\n".encode(), is_forced=True)
    return published


def canonical_bytes(document: Mapping[str, Any]) -> bytes:
    """Return a document as JSON without spaces: the same bytes whatever its file's indentation, in the same order."""
    return f"{json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(',', ':'))}\n".encode()
