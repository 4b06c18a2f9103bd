"""YAML and JSON mappings: their values, and the position of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_garden_registry.dialects.errors import UnrecognisedFileError
from model_garden_registry.dialects.items import Item
from model_garden_registry.errors import RegistryReadError
from model_garden_registry.files.documents import parse_document
from model_garden_registry.files.positions import Places, Position
from model_garden_registry.files.yaml_text import YamlError, parse_yaml_places


@dataclass(frozen=True, slots=True)
class Document:
    """
    One mapping.

    Args:
        values: Its keys and plain values, in order.

        place: Keys from the top → position of the last of them.
    """

    values: Mapping[str, Any]
    place: Callable[[Sequence[str | int]], Position]

    def items(self, groups: frozenset[str] = frozenset()) -> Iterator[Item]:
        """
        Yield its keys as items.

        Args:
            groups: Keys whose mapping is split key by key, as ``group.key``.
        """
        for key, value in self.values.items():
            if key in groups and isinstance(value, dict):
                for leaf, inner in value.items():
                    place = self.place((key, leaf))
                    yield Item(f"{key}.{leaf}", inner, place.line, place.column)
            else:
                place = self.place((key,))
                yield Item(key, value, place.line, place.column)


def json_document(content: bytes, path: Path) -> Document:
    """
    Return a JSON object.

    Raises:
        UnrecognisedFileError: It is not one; with the position of the error.
    """
    try:
        values = parse_document(content, path)
    except RegistryReadError as error:
        raise UnrecognisedFileError(path, error.problem, line=error.line, column=error.column) from None
    return Document(values, Places(content.decode("utf-8-sig")).locate)


def yaml_document(text: str, path: Path) -> Document | None:
    """
    Return a YAML mapping; None if the text is another YAML value.

    Raises:
        UnrecognisedFileError: It is not YAML; with the position of the error.

        MissingExtraError: PyYAML is not installed.
    """
    try:
        values, places = parse_yaml_places(text)
    except YamlError as error:
        raise not_yaml(path, error) from None
    if not isinstance(values, dict) or not all(isinstance(key, str) for key in values):
        return None
    return Document(values, lambda segments: places[tuple(segments)])


def not_yaml(path: Path, error: YamlError) -> UnrecognisedFileError:
    """Return the error for a file whose suffix says YAML."""
    return UnrecognisedFileError(path, f"is not YAML: {error.problem}", line=error.line, column=error.column)
