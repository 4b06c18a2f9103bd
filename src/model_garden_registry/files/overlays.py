"""Merging of registry documents: an overlay states what differs from the documents below it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path
from typing import Any

from model_garden_registry.entries.format_version import EXTENDS, is_overlay
from model_garden_registry.errors import RegistryReadError
from model_garden_registry.files.documents import Document
from model_garden_registry.files.location import NamedBy
from model_garden_registry.files.positions import pointer_text

#: Keys of a document about the file itself.
_SOURCES = "sources"
_OF_THE_FILE = frozenset({"$schema", EXTENDS})


@dataclass(frozen=True, slots=True)
class RegistryLayer:
    """
    One of the files that a registry is made of.

    Args:
        path: The file.

        named_by: What names it.

        document: Its raw document; empty if it cannot be used.

        problem: Why it cannot be used, so that it is left out; else None.
    """

    path: Path
    named_by: NamedBy
    document: Document = field(repr=False, compare=False)
    problem: RegistryReadError | None = field(default=None, compare=False)

    @property
    def is_overlay(self) -> bool:
        """Whether it lies on other files; a file that cannot be used counts as one."""
        return self.problem is not None or is_overlay(self.document)

    @property
    def models(self) -> Mapping[str, Any]:
        """The raw entries that it states, by id; null removes an entry."""
        models = self.document.get("models")
        return models if isinstance(models, dict) else {}


class Whole(dict[str, Any]):
    """An object that replaces whatever lies below it, since the value that it was merged onto was no object."""


def merged(below: Any, above: Any) -> Any:
    """
    Merge a JSON value onto another: objects by key, in depth; every other value, null and lists among them, replaces.

    Associative, so that overlays can be merged before the document below them is known. Keys keep their first place;
    new ones follow. Parts that do not change are shared with the arguments.
    """
    if not isinstance(above, dict) or isinstance(above, Whole):
        return above
    if not isinstance(below, dict):
        return Whole(above)
    values = {**below, **{key: merged(below[key], value) if key in below else value for key, value in above.items()}}
    return Whole(values) if isinstance(below, Whole) else values


def merged_documents(documents: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """
    Merge documents of registries, the lowest first, without the keys about their files.

    An entry that is null removes the one below it.
    """
    parts = [{key: value for key, value in one.items() if key not in _OF_THE_FILE} for one in documents]
    document: dict[str, Any] = {**reduce(merged, parts)}
    models = document.get("models", {})
    return document | {"models": {key: entry for key, entry in models.items() if entry is not None}}


def origins(values: Iterable[tuple[int, Any]]) -> dict[tuple[str, ...], int]:
    """
    Return where the parts of a merged value come from.

    Args:
        values: The values that were merged, the lowest first, each with its number.

    Returns:
        The number of each largest part that comes from one value, by location. Lists are one part.
    """
    tree = reduce(merged, (_marked(value, number) for number, value in values))
    return dict(_largest(tree, ()))


def declared_anew(entry: Any, stated: Sequence[tuple[int, Any]], sources: Mapping[int, Mapping[str, str]]) -> Any:
    """
    Return a merged entry in which no value has the source of another one, which lay below it.

    A value that an overlay states without a source counts as declared there.

    Args:
        entry: The merged entry.

        stated: The values that it was merged from, the lowest first, each with its number.

        sources: For each number, the source of a value that is declared there.
    """
    known = entry.get(_SOURCES) if isinstance(entry, dict) else None
    if len(stated) < 2 or not isinstance(known, dict):
        return entry
    tree = reduce(merged, (_marked(value, number) for number, value in stated))
    at = {pointer: max(found) for pointer in known if (found := _numbers(tree[_SOURCES][pointer]))}  # {} has none
    told = dict(known)
    for where, number in _largest(tree, ()):
        if not where or number == stated[0][0] or where[0] == _SOURCES:
            continue
        pointer = pointer_text(where)
        for below in [one for one in told if one.startswith(f"{pointer}/") and at.get(one, number) < number]:
            del told[below]
        around = (pointer_text(where[:length]) for length in range(len(where), 0, -1))
        nearest = next((one for one in around if one in told), None)
        if nearest is not None and at.get(nearest, number) < number:
            told[pointer] = dict(sources[number])
    return {**entry, _SOURCES: told}


def _marked(value: Any, number: int) -> Any:
    """Return a value with a number in the place of everything that is no object."""
    return {key: _marked(item, number) for key, item in value.items()} if isinstance(value, dict) else number


def _numbers(tree: Any) -> set[int]:
    return set().union(*map(_numbers, tree.values())) if isinstance(tree, dict) else {tree}


def _largest(tree: Any, where: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], int]]:
    found = _numbers(tree)
    if len(found) == 1:
        yield where, found.pop()
    else:
        for key, part in tree.items():
            yield from _largest(part, (*where, key))
