"""What changed between two registry files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from model_garden_registry.files.positions import pointer_text

#: Keys of the head that are compared as values of their own.
_HEAD = ("version", "last_updated")


class Absent(Enum):
    """The value of an absent key; null is a value."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT


@dataclass(frozen=True, slots=True)
class Change:
    """
    A field with another value; lists are compared whole.

    Args:
        where: Keys that lead to the field.

        old: The old value, or ``ABSENT``.

        new: The new value, or ``ABSENT``.
    """

    where: tuple[str, ...]
    old: Any
    new: Any

    @property
    def dotted(self) -> str:
        """The keys with dots between them, for people."""
        return ".".join(self.where)

    @property
    def pointer(self) -> str:
        """The keys as a JSON pointer, exact even if a key has a dot in it."""
        return pointer_text(self.where)


@dataclass(frozen=True, slots=True)
class Changed:
    """
    A model or a category that is in both files with different content.

    Args:
        key: Its id in the new file.

        changes: What is different, at least one.
    """

    key: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Renamed:
    """
    A model under a new id, with the old one among its aliases.

    Args:
        old: The former id.

        new: The id now.
    """

    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """
    Changes of the members of an object: entries by id, or categories by key.

    Args:
        added: Keys of the new file only, in its order.

        removed: Keys of the old file only, in its order.

        renamed: Former and new ids, in the new file's order.

        changed: Members with different content, in the new file's order.

        is_reordered: Whether members of both files have another order.
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    renamed: tuple[Renamed, ...] = ()
    changed: tuple[Changed, ...] = ()
    is_reordered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """
    What changed between two registries.

    Args:
        head: Format version and date, where they changed.

        categories: Changes of the categories.

        models: Changes of the entries.
    """

    head: tuple[Change, ...] = ()
    categories: Members = Members()
    models: Members = Members()

    @property
    def is_empty(self) -> bool:
        """Whether nothing changed."""
        return self == Differences()


def find_differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Differences:
    """
    Compare two raw registry documents.

    Entries are compared as raw JSON, valid or not; a field that is left out differs from one that states its
    default.
    """
    return Differences(
        head=tuple(
            _changes({key: old[key] for key in _HEAD if key in old}, {key: new[key] for key in _HEAD if key in new})
        ),
        categories=_members(_object(old, "categories"), _object(new, "categories"), {}),
        models=_members(_object(old, "models"), _object(new, "models"), _renamed(old, new)),
    )


def _object(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def _renamed(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, str]:
    """Return the former id of each model that has a new one."""
    before, after = _object(old, "models"), _object(new, "models")
    gone = {key for key in before if key not in after}
    former: dict[str, str] = {}
    for key in after:
        alias = next((alias for alias in _aliases(after[key]) if alias in gone), None)
        if key not in before and alias is not None:
            former[key] = alias
            gone.remove(alias)
    return former


def _aliases(entry: object) -> list[str]:
    aliases = entry.get("aliases") if isinstance(entry, dict) else None
    return [alias for alias in aliases if isinstance(alias, str)] if isinstance(aliases, list) else []


def _members(old: Mapping[str, Any], new: Mapping[str, Any], former: Mapping[str, str]) -> Members:
    gone = {*former.values()}
    changed = []
    for key in new:
        before = former.get(key, key)
        if before in old and (changes := _member_changes(old[before], new[key], former.get(key))):
            changed.append(Changed(key, changes))
    kept_before = [key for key in old if key in new]
    kept_after = [key for key in new if key in old]
    return Members(
        added=tuple(key for key in new if key not in old and key not in former),
        removed=tuple(key for key in old if key not in new and key not in gone),
        renamed=tuple(Renamed(former[key], key) for key in new if key in former),
        changed=tuple(changed),
        is_reordered=kept_before != kept_after,
    )


def _member_changes(old: object, new: object, former: str | None) -> tuple[Change, ...]:
    """Compare two contents of one member; for a renamed one, ``id`` and the new alias do not count."""
    changes = tuple(_changes(old, new))
    if former is None:
        return changes
    others = [alias for alias in _aliases(new) if alias != former]
    told = {("id",), ("aliases",)} if others == _aliases(old) else {("id",)}
    return tuple(change for change in changes if change.where not in told)


def _changes(old: object, new: object, where: tuple[str, ...] = ()) -> Iterator[Change]:
    """Yield changes, recursively if both sides are objects; keys in the old order, then new ones."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in (*old, *(key for key in new if key not in old)):
            yield from _changes(old.get(key, ABSENT), new.get(key, ABSENT), (*where, key))
    elif not _same(old, new):
        yield Change(where, old, new)


def _same(old: object, new: object) -> bool:
    """Return whether two values are equal in JSON: 1 equals 1.0, but not true."""
    if isinstance(old, bool) != isinstance(new, bool):
        return False
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(_same, old, new))
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(_same(old[key], new[key]) for key in old)
    return old == new
