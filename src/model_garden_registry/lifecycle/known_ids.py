"""What a registry tells about an id in a user's file: current, withdrawn, renamed, superseded, or unknown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from model_garden_registry.errors import UnknownModelError, closing
from model_garden_registry.near_names import ResolvedId

#: Organisations that Hugging Face knows under another name now. Source: tools/facts/other_ids.json.
RENAMED_ORGANISATIONS: Mapping[str, str] = {"CohereForAI": "CohereLabs", "THUDM": "zai-org"}


class Kind(StrEnum):
    """Why an id is out of date."""

    WITHDRAWN = "withdrawn"
    RENAMED = "renamed"
    UNKNOWN = "unknown"
    SUPERSEDED = "superseded"


class Fate(NamedTuple):
    """
    What became of an id.

    Args:
        kind: Why it is out of date.

        what: The same in words.

        use: The id to use instead, if there is one.
    """

    kind: Kind
    what: str
    use: str | None = None


#: Of an unknown id, without near names.
_STRANGE = Fate(Kind.UNKNOWN, "not in the registry")
#: Searching for near names is slow: files with more unknown ids are not about models of this registry.
_MOST_COMPARED = 500


class Ids(Protocol):
    """The entries of a registry by id, as ``ModelRegistry`` has them."""

    def __iter__(self) -> Iterator[str]:
        """Iterate over the ids of the entries."""

    def raw(self, model_id: str) -> dict[str, Any]:
        """Return a raw entry."""

    def resolve(self, text: str) -> ResolvedId:
        """Return the entry that a text means, or raise ``UnknownModelError`` with near names."""


class KnownIds:
    """
    The ids of a registry, with what became of each.

    An alias counts as a former id if it has the organisation of its entry, or a former name of that; any other is a
    mirror of the same weights, which people use on purpose.
    """

    def __init__(self, registry: Ids) -> None:
        self._registry = registry
        self._unknown: dict[str, Fate | None] = {}
        raw: dict[str, Any] = {key: registry.raw(key) for key in registry}
        self._entries: dict[str, Any] = {key: entry for key, entry in raw.items() if isinstance(entry, dict)}
        self._keys = {key.casefold(): key for key in self._entries}
        self._aliases: dict[str, str] = {}
        for key, entry in self._entries.items():
            for alias in _texts(entry.get("aliases")):
                self._aliases.setdefault(alias.casefold(), key)
        ids = (*self._keys, *self._aliases)
        self._organisations = {written.partition("/")[0] for written in ids if "/" in written}

    def has_organisation(self, name: str) -> bool:
        """Return whether an organisation has a model in the registry."""
        return name.casefold() in self._organisations

    def __contains__(self, text: str) -> bool:
        """Return whether a text is an id or an alias, in any case."""
        return self.key(text) is not None

    def key(self, text: str) -> str | None:
        """Return the id of the entry that an id or an alias means, in any case; None: there is none."""
        return self._keys.get(text.casefold()) or self._aliases.get(text.casefold())

    def fate(self, text: str) -> Fate | None:
        """Return what became of an id or an alias; None: it is current."""
        if (key := self._keys.get(text.casefold())) is None:
            key = self._aliases[text.casefold()]
            if not _is_renamed(text, key):
                return self._superseded(key)
            return Fate(Kind.RENAMED, "renamed", self._current(key) or key)
        if self._is_withdrawn(key):
            since = _text(_part(self._entries[key], "deprecation").get("since"))
            use = self._current(key)
            end = "" if use else "; no successor is known"
            return Fate(Kind.WITHDRAWN, f"withdrawn{f' since {since}' if since else ''}{end}", use)
        return self._superseded(key)

    def unknown(self, text: str) -> Fate | None:
        """Return what to say of an id that the registry has not; None: it is no model that it could have."""
        if text not in self._unknown:
            self._unknown[text] = self._near(text) if len(self._unknown) < _MOST_COMPARED else _STRANGE
        return self._unknown[text]

    def _near(self, text: str) -> Fate | None:
        try:
            self._registry.resolve(text)
        except UnknownModelError as error:
            if error.problem:
                return None
            keys = dict.fromkeys(key for name in error.close if (key := self.key(name)) and not self._is_withdrawn(key))
            return _STRANGE._replace(what=f"{_STRANGE.what}{closing(tuple(keys))}")
        return None

    def _is_withdrawn(self, key: str) -> bool:
        return bool(self._entries[key].get("status") == "deprecated")

    def _current(self, key: str) -> str | None:
        """Return the successor of a withdrawn model, or that one's; the model itself if it is not withdrawn."""
        seen = {key}
        while self._is_withdrawn(key):
            successor = _text(_part(self._entries[key], "deprecation").get("successor"))
            if successor not in self._entries or successor in seen:
                return None
            seen.add(successor)
            key = successor
        return key

    def _superseded(self, key: str) -> Fate | None:
        newest, seen = key, {key}
        while (newer := _text(self._entries[newest].get("superseded_by"))) in self._entries and newer not in seen:
            seen.add(newer)
            newest = newer
        return None if newest == key else Fate(Kind.SUPERSEDED, "superseded", newest)


def _is_renamed(alias: str, key: str) -> bool:
    former, now = alias.partition("/")[0].casefold(), key.partition("/")[0].casefold()
    names = {one.casefold(): another.casefold() for one, another in RENAMED_ORGANISATIONS.items()}
    return names.get(former, former) == now


def _part(entry: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = entry.get(name)
    return found if isinstance(found, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(values: object) -> list[str]:
    return [value for value in values if isinstance(value, str)] if isinstance(values, list) else []
