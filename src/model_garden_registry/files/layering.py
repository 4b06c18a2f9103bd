"""One registry from several files: the strongest one and, if it is an overlay, those below it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

from model_garden_registry.entries.format_version import EXTENDS, is_overlay, release_of
from model_garden_registry.entries.patterns import MOMENT_PATTERN
from model_garden_registry.errors import RegistryNotFoundError, RegistryReadError, warn
from model_garden_registry.files.documents import Document, parse_document
from model_garden_registry.files.loading import RegistryFile, read_registry_file
from model_garden_registry.files.location import Location, NamedBy, find_layers
from model_garden_registry.files.overlays import (
    RegistryLayer,
    declared_anew,
    merged,
    merged_documents,
    origins,
)
from model_garden_registry.files.positions import pointer_text
from model_garden_registry.files.reading import read_bytes

#: Found in a file that says, in whatever else is wrong with it, that it is an overlay.
_SAYS_EXTENDS = re.compile(rb'"extends"\s*:\s*true\b')
#: A file found at such a place is used if it is sound; nothing names it for this one question.
_IN_THE_BACKGROUND = frozenset({NamedBy.USER, NamedBy.ORGANISATION, NamedBy.REMOTE})
_NO_DATE = "1970-01-01T00:00:00Z"


def load_layers(locations: Iterable[Location]) -> RegistryFile:
    """
    Read the first of some registry files and, while it is an overlay, the next one.

    An overlay that cannot be used is left out with a ``RegistryWarning``, and so is any file below one.

    Args:
        locations: Files, the strongest first; see ``find_layers``.

    Raises:
        RegistryReadError: A file that stands alone cannot be used (see ``read_registry_file``), and is the strongest.
    """
    overlays: list[tuple[RegistryLayer, bytes]] = []
    for location in locations:
        try:
            content = read_bytes(location.path)
        except RegistryReadError as error:
            _refuse(error, location, is_below=bool(overlays))
            overlays.append((RegistryLayer(location.path, location.named_by, {}, error), b""))
            continue
        try:
            document = parse_document(content, location.path)
            if not is_overlay(document):
                return _stacked(read_registry_file(document, content, location), overlays)
            overlays.append((RegistryLayer(location.path, location.named_by, document), content))
        except RegistryReadError as error:
            _refuse(error, location, is_below=bool(overlays) or bool(_SAYS_EXTENDS.search(content)))
            overlays.append((RegistryLayer(location.path, location.named_by, {}, error), content))
    raise AssertionError("the last file stands alone")


def load_registry_file(path: Path) -> RegistryFile:
    """
    Read a registry file; an overlay with what it lies on.

    Raises:
        RegistryReadError: See ``load_layers``.
    """
    return load_layers(find_layers((path,)))


def layer_origins(file: RegistryFile, key: str) -> dict[str, RegistryLayer]:
    """Return the layer of each part of an entry, by JSON pointer below it; the largest parts that have one origin."""
    return {pointer_text(where): file.layers[number] for where, number in origins(_stated(file, key)).items()}


def layer_locations(layers: Sequence[RegistryLayer]) -> Iterator[Location]:
    """Yield the files of a registry, the strongest first, then those that it may lie on once a file changes."""
    yield from (Location(layer.path, layer.named_by) for layer in reversed(layers))
    seen = {layer.path for layer in layers}
    yield from (location for location in find_layers() if location.path not in seen)


def _refuse(error: RegistryReadError, location: Location, *, is_below: bool) -> None:
    """
    Raise the error of a file whose absence would change more than the answer to some questions; else warn.

    Args:
        is_below: Whether the file is an overlay, or lies below one.
    """
    is_named = location.named_by is NamedBy.ARGUMENT and isinstance(error, RegistryNotFoundError)
    if location.named_by is NamedBy.SHIPPED or is_named or not (is_below or location.named_by in _IN_THE_BACKGROUND):
        raise error
    warn(f"{error}; it is left out, and the registry below it is used")


def _stacked(base: RegistryFile, overlays: Sequence[tuple[RegistryLayer, bytes]]) -> RegistryFile:
    """Return a file with overlays, and the bytes of each, on it; the strongest first."""
    if not overlays:
        return base
    file = copy(base)
    layers: list[RegistryLayer] = [*base.layers]
    for layer, content in reversed(overlays):
        file.path = layer.path
        layers.append(_with_head(file, layer, content) if layer.problem is None else layer)
    file.layers = tuple(layers)
    file.document = merged_documents(layer.document for layer in layers if layer.problem is None)
    file.models = file.document["models"]
    sources = {number: _declaring(layer, file.last_updated) for number, layer in enumerate(layers)}
    for key in {key for layer in layers[1:] for key in layer.models if key in file.models}:
        file.models[key] = declared_anew(file.models[key], _stated(file, key), sources)
    return file


def _declaring(layer: RegistryLayer, moment: str) -> dict[str, str]:
    """Return the source of a value that a layer states without one."""
    stated = layer.document.get("last_updated")
    as_of = stated if isinstance(stated, str) and re.search(MOMENT_PATTERN, stated) else moment or _NO_DATE
    return {"kind": "declared", "source": str(layer.path), "as_of": as_of[:10]}


def _stated(file: RegistryFile, key: str) -> list[tuple[int, Any]]:
    """Return what each layer states of an entry, with the layer's number."""
    return [(number, layer.models[key]) for number, layer in enumerate(file.layers) if key in layer.models]


def _with_head(file: RegistryFile, layer: RegistryLayer, content: bytes) -> RegistryLayer:
    """Add the head of an overlay to that of a file; return the layer, with its problem if it cannot be used."""
    below = {
        "version": file.version,
        "last_updated": file.last_updated or _NO_DATE,
        "categories": {key: category.stated() for key, category in file.categories.items()},
    }
    stated = {key: value for key, value in layer.document.items() if key != EXTENDS}
    models = stated.get("models", {})
    document: Document = {**merged(below, stated), "models": {} if isinstance(models, dict) else models}
    try:
        head = read_registry_file(document, content, Location(layer.path, layer.named_by))
    except RegistryReadError as error:
        warn(f"{error}; it is left out, and the registry below it is used")
        return replace(layer, document={}, problem=error)
    file.version = max(file.version, head.version, key=release_of)
    file.last_updated = file.last_updated if head.last_updated in ("", _NO_DATE) else head.last_updated
    file.categories = {**file.categories, **head.categories}
    return layer
