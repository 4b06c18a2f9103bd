"""The entries of one registry file: validated on first use, with the rules that each of them breaks."""

from __future__ import annotations

from collections.abc import Container, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from model_garden_registry.catalogue.rows import Row, read_row
from model_garden_registry.errors import InvalidEntryError, warn
from model_garden_registry.files.documents import paused_garbage_collection
from model_garden_registry.files.loading import RegistryFile
from model_garden_registry.files.positions import pointer_text
from model_garden_registry.near_names import How, ResolvedId
from model_garden_registry.registry.resolving import IdIndex

if TYPE_CHECKING:
    from model_garden_registry.catalogue.filtering import Filter
    from model_garden_registry.checks.entry.consistency import Flaw, Surroundings
    from model_garden_registry.entries.model import ModelInfo


class CheckedEntry(NamedTuple):
    """
    A valid entry.

    Args:
        flaws: Rules across fields that it breaks.
    """

    entry: ModelInfo
    flaws: tuple[Flaw, ...]


class EntryCache:
    """
    The entries of one file by key; each is validated, and checked with the rules across fields, once.

    Args:
        file: The file. An impossible date in its head is a warning.
    """

    __slots__ = ("_around", "_checked", "_ids", "file")

    def __init__(self, file: RegistryFile) -> None:
        self.file = file
        self._checked: dict[str, CheckedEntry] = {}
        self._around: Surroundings | None = None
        self._ids: IdIndex | None = None
        if file.last_updated and not _is_in_calendar(file.last_updated):
            self._warn_of_head()

    def __iter__(self) -> Iterator[str]:
        return iter(self.file.models)

    def checked(self, key: str) -> CheckedEntry:
        """
        Return an entry with its flaws; the first time, each flaw is a ``RegistryWarning``.

        Raises:
            InvalidEntryError: The entry is not valid.
        """
        found = self._checked.get(key)
        if found is None:
            from model_garden_registry.checks.entry.consistency import entry_flaws  # late: a list needs no checks

            entry = self.file.parse_entry(key)
            fresh = CheckedEntry(entry, tuple(entry_flaws(key, self.file.models[key], self._surroundings)))
            for flaw in fresh.flaws:
                warn(f"{self.file.path_of(key)}: {pointer_text(('models', key, *flaw.where))}: {flaw.message}")
            found = self._checked.setdefault(key, fresh)  # another thread may have been first
        return found

    def key(self, model_id: str) -> str:
        """
        Return the key of an id or of a former id.

        Raises:
            UnknownModelError: No entry has, or had, this id; carries near names.
        """
        key = self.key_or_none(model_id)
        if key is None:
            raise self._index.unknown(str(model_id))
        return key

    def key_or_none(self, model_id: str) -> str | None:
        """As ``key``, but None instead of a search for near names."""
        return model_id if model_id in self.file.models else self._surroundings.aliases.get(model_id, (None,))[0]

    def resolve(self, text: str) -> ResolvedId:
        """
        Return the id that a text means: as ``key``, and also another case, an address, a name without organisation.

        Raises:
            UnknownModelError: It means none, or one of several; carries near names.
        """
        return ResolvedId(text, How.EXACT) if text in self.file.models else self._index.resolve(text)

    def valid(self) -> Iterator[tuple[str, ModelInfo]]:
        """Return the valid entries by key, in file order; the others are left out with a ``RegistryWarning``."""
        with paused_garbage_collection():
            for key in self:
                if entry := self.valid_or_none(key):
                    yield key, entry

    def valid_or_none(self, key: str) -> ModelInfo | None:
        """Return an entry; None, with a ``RegistryWarning``, if it is not valid."""
        try:
            return self.checked(key).entry
        except InvalidEntryError as error:
            warn(f"{self.file.path_of(key)}: left out: {error}")
            return None

    def problems(self) -> dict[str, InvalidEntryError]:
        """Validate every entry and return the error of each that is not valid, by key."""
        problems = {}
        with paused_garbage_collection():
            for key in self:
                try:
                    self.checked(key)
                except InvalidEntryError as error:
                    problems[key] = error
        return problems

    def variants(self, key: str) -> dict[str, ModelInfo]:
        """Return the base of a model, if it has an entry, then the entries that name that base, by key."""
        base = self._present(self.checked(key).entry.base_model or key)
        keys = [base, *(other for other, named in self._bases() if self._present(named) == base and other != base)]
        valid = ((one, self.valid_or_none(one)) for one in keys if one in self.file.models)
        return {one: entry for one, entry in valid if entry}

    def raw(self, key: str) -> dict[str, Any]:
        """Return a fresh copy of a raw entry."""
        raw: dict[str, Any] = _fresh(self.file.models[key])
        return raw

    def rows(self, wanted: Filter | None = None, ids: Container[str] | None = None) -> list[Row]:
        """
        Return the columns of every entry that the filter keeps, in file order, without validating the rest of it.

        ``ids`` are those of entries, if no other is read.
        """
        rows = []
        with paused_garbage_collection():
            for key, raw in self.file.models.items():
                if ids is not None and key not in ids:
                    continue
                row = read_row(key, raw)
                if row is None:
                    self.valid_or_none(key)  # warns with the message of the full check
                elif wanted is None or wanted.keeps(row):
                    rows.append(row)
        return rows

    @property
    def _surroundings(self) -> Surroundings:
        if self._around is None:
            from model_garden_registry.checks.entry.consistency import surroundings_of

            self._around = surroundings_of(self.file.models, self.file.categories)
        return self._around

    @property
    def _index(self) -> IdIndex:
        if self._ids is None:
            self._ids = IdIndex(self.file.models, self._surroundings.aliases)
        return self._ids

    def _present(self, model_id: str) -> str:
        """Return the key of a model for a former id; an id without an entry is returned unchanged."""
        return self.key_or_none(model_id) or model_id

    def _bases(self) -> Iterator[tuple[str, str]]:
        """Yield the raw entries that name a base model, with that name."""
        for key, raw in self.file.models.items():
            base = raw.get("base_model") if isinstance(raw, dict) else None
            if isinstance(base, str):
                yield key, base

    def _warn_of_head(self) -> None:
        from model_garden_registry.checks.entry.consistency import head_flaws

        for flaw in head_flaws(self.file.last_updated):
            warn(f"{self.file.path}: {pointer_text(flaw.where)}: {flaw.message}")


def _is_in_calendar(moment: str) -> bool:
    """Return whether a date exists; the message comes from the checks, which a list does not import."""
    try:
        datetime.fromisoformat(moment)
    except ValueError:
        return False
    return True


def _fresh(value: Any) -> Any:
    """Return a copy of a JSON value; ``deepcopy`` takes several times as long."""
    if isinstance(value, dict):
        return {key: _fresh(item) for key, item in value.items()}
    return [_fresh(item) for item in value] if isinstance(value, list) else value
