"""The entries of one registry file, by id: read at once, validated when asked for."""

from __future__ import annotations

import os
from collections.abc import ItemsView, Iterable, Iterator, Mapping, ValuesView
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model_garden_registry.catalogue.filtering import Filter
from model_garden_registry.catalogue.rows import Row, read_row
from model_garden_registry.errors import InvalidEntryError, UnknownModelError, warn
from model_garden_registry.files.documents import paused_garbage_collection
from model_garden_registry.files.loading import load_registry_file
from model_garden_registry.files.location import find_registry
from model_garden_registry.files.positions import pointer_text
from model_garden_registry.near_names import close_names

if TYPE_CHECKING:
    from model_garden_registry.checks.entry.consistency import Flaw, Surroundings
    from model_garden_registry.entries.model import ModelInfo

StrPath = str | os.PathLike[str]


class LazyEntries(Mapping[str, "ModelInfo"]):
    """
    The models of one file, by id, in file order.

    Keys, ``len`` and ``in`` follow the file; an entry is validated when it is asked for. ``entries[id]`` raises for an
    entry that is not valid; ``values()`` and ``items()`` leave it out with a ``RegistryWarning``.

    Args:
        path: The file; without it, the one that ``find_registry`` finds.

    Raises:
        RegistryReadError: The file gives no registry; a missing one is a ``FileNotFoundError`` as well.
    """

    __slots__ = ("__weakref__", "_around", "_entries", "_file")

    def __init__(self, path: StrPath | None = None) -> None:
        self._file = load_registry_file(find_registry(path).path)
        self._entries: dict[str, ModelInfo] = {}
        self._around: Surroundings | None = None
        if not _is_in_calendar(self.last_updated):
            self._warn_of_head()

    def _warn_of_head(self) -> None:
        from model_garden_registry.checks.entry.consistency import head_flaws

        for flaw in head_flaws(self.last_updated):
            warn(f"{self.path}: {pointer_text(flaw.where)}: {flaw.message}")

    @property
    def path(self) -> Path:
        """The file that the models come from."""
        return self._file.path

    @property
    def version(self) -> str:
        """Version of the file's format."""
        return self._file.version

    @property
    def last_updated(self) -> str:
        """When the file's data last changed, as it states."""
        return self._file.last_updated

    @property
    def problems(self) -> dict[str, InvalidEntryError]:
        """Validate every entry and give the error of each that is not valid, by id."""
        problems = {}
        with paused_garbage_collection():
            for key in self:
                try:
                    self[key]
                except InvalidEntryError as error:
                    problems[key] = error
        return problems

    def __getitem__(self, model_id: str) -> ModelInfo:
        """
        Give a model by id, or by a former id.

        Raises:
            UnknownModelError: No entry has this id; carries near names.

            InvalidEntryError: The entry is not valid.
        """
        key = self._key(model_id)
        entry = self._entries.get(key)
        if entry is None:
            parsed = self._file.parse_entry(key)
            for flaw in self._flaws(key, parsed):
                warn(f"{self.path}: {pointer_text(('models', key, *flaw.where))}: {flaw.message}")
            entry = self._entries.setdefault(key, parsed)  # another thread may have been quicker
        return entry

    def __iter__(self) -> Iterator[str]:
        return iter(self._file.models)

    def __len__(self) -> int:
        return len(self._file.models)

    def __contains__(self, model_id: object) -> bool:
        return model_id in self._file.models

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {str(self.path)!r}: {len(self)} models>"

    def values(self) -> ValuesView[ModelInfo]:
        """Give the valid models, in file order."""
        return dict(self._valid()).values()

    def items(self) -> ItemsView[str, ModelInfo]:
        """Give the valid models with their ids, in file order."""
        return dict(self._valid()).items()

    def raw(self, model_id: str) -> dict[str, Any]:
        """
        Give a fresh copy of an entry as it stands in the file.

        Raises:
            UnknownModelError: No entry has this id.
        """
        raw: dict[str, Any] = _fresh(self._file.models[self._key(model_id)])
        return raw

    def rows(self, wanted: Filter | None = None) -> list[Row]:
        """Give the columns of every entry that is wanted, in file order, without validating the rest of it."""
        rows = []
        with paused_garbage_collection():
            for key, raw in self._file.models.items():
                row = read_row(key, raw)
                if row is None:
                    self._leave_out(key)
                elif wanted is None or wanted.keeps(row):
                    rows.append(row)
        return rows

    def _key(self, model_id: str) -> str:
        """
        Find the key of an id or of a former id.

        Raises:
            UnknownModelError: No entry has, or had, this id.
        """
        key = self._key_or_none(model_id)
        if key is None:
            raise UnknownModelError(model_id, close_names(str(model_id), (*self, *self._surroundings.aliases)))
        return key

    def _key_or_none(self, model_id: str) -> str | None:
        """As ``_key``, without looking for near names where there is none."""
        return model_id if model_id in self._file.models else self._surroundings.aliases.get(model_id, (None,))[0]

    def _bases(self) -> Iterator[tuple[str, str]]:
        """Give the entries that name a base model, with the name, as they stand in the file."""
        for key, raw in self._file.models.items():
            base = raw.get("base_model") if isinstance(raw, dict) else None
            if isinstance(base, str):
                yield key, base

    @property
    def _surroundings(self) -> Surroundings:
        if self._around is None:
            from model_garden_registry.checks.entry.consistency import surroundings_of  # late: a list needs no judge

            self._around = surroundings_of(self._file)
        return self._around

    def _flaws(self, key: str, entry: ModelInfo) -> Iterable[Flaw]:
        """Give the rules that an entry breaks."""
        from model_garden_registry.checks.entry.consistency import entry_flaws

        return entry_flaws(key, entry, self._surroundings)

    def _valid(self) -> Iterator[tuple[str, ModelInfo]]:
        with paused_garbage_collection():
            for key in self:
                if entry := self._valid_or_none(key):
                    yield key, entry

    def _valid_or_none(self, key: str) -> ModelInfo | None:
        try:
            return self[key]
        except InvalidEntryError as error:
            warn(f"{self.path}: left out: {error}")
            return None

    def _leave_out(self, key: str) -> None:
        """Warn of an entry whose columns cannot be read, with the words of the full check."""
        self._valid_or_none(key)


def _is_in_calendar(moment: str) -> bool:
    """Say whether a date is one; what is wrong with it, the judge says, whom a list does not need."""
    try:
        datetime.fromisoformat(moment)
    except ValueError:
        return False
    return True


def _fresh(value: Any) -> Any:
    """Copy what a JSON document consists of; ``deepcopy`` takes several times as long."""
    if isinstance(value, dict):
        return {key: _fresh(item) for key, item in value.items()}
    return [_fresh(item) for item in value] if isinstance(value, list) else value
