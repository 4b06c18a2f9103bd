"""Where the numbers of an entry come from, with counts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import get_args

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.part import Part
from model_garden_registry.entries.tasks import SourceKind
from model_garden_registry.files.positions import pointer_segments, pointer_text

SOURCE_KINDS: tuple[SourceKind, ...] = get_args(SourceKind)

#: Results that each state their own source.
_ELSEWHERE = "benchmarks"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcedNumbers:
    """
    The numbers of an entry with one source.

    Args:
        where: JSON pointer below the entry for which the source is stated; for numbers without a source, the member of
            the entry that they are in.

        kind: ``declared`` if no source is stated.

        source: What exactly; None if no source is stated.

        as_of: Month or day of the statement; None if no source is stated.

        url: Address of the source, if stated.

        numbers: JSON pointers below the entry.
    """

    where: str
    kind: SourceKind
    source: str | None
    as_of: str | None
    url: str | None = None
    numbers: tuple[str, ...]

    def is_older_than(self, month: str | None) -> bool:
        """Return whether the source is from before a month, ``YYYY-MM``; false if either is unknown."""
        return month is not None and self.as_of is not None and self.as_of[:7] < month


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """
    Counts of numbers by source.

    Args:
        kinds: Numbers by the kind of their source; every kind is there.

        unsourced: How many of the declared ones have no source.

        old: How many are from before the given month.

        oldest: Month or day of the oldest statement, if there is one.
    """

    kinds: Mapping[SourceKind, int]
    unsourced: int = 0
    old: int = 0
    oldest: str | None = None

    @property
    def total(self) -> int:
        """All numbers."""
        return sum(self.kinds.values())


def number_sources(entry: ModelInfo) -> tuple[SourcedNumbers, ...]:
    """
    Return the numbers of an entry, by source.

    Only numbers in the file count: no texts, omitted defaults, ``x-`` keys or ``benchmarks``. Of the
    pointers in ``sources`` that lead to it or to an enclosing object, the longest counts.
    """
    stated = {tuple(pointer_segments(pointer)): pointer for pointer in entry.sources}
    groups: dict[str, list[str]] = {}
    unsourced: dict[str, list[str]] = {}
    for number in _numbers(entry, ()):
        around = (number[:length] for length in range(len(number), 0, -1))
        pointer = next((stated[segments] for segments in around if segments in stated), None)
        if pointer is None:
            unsourced.setdefault(pointer_text(number[:1]), []).append(pointer_text(number))
        else:
            groups.setdefault(pointer, []).append(pointer_text(number))
    sourced = (
        SourcedNumbers(where=where, **entry.sources[where].known(), numbers=tuple(numbers))
        for where, numbers in groups.items()
    )
    return (
        *sourced,
        *(
            SourcedNumbers(where=where, kind="declared", source=None, as_of=None, numbers=tuple(numbers))
            for where, numbers in unsourced.items()
        ),
    )


def tally(groups: Iterable[SourcedNumbers], *, older_than: str | None = None) -> Tally:
    """
    Count numbers.

    Args:
        older_than: Month from which on a statement is not old, ``YYYY-MM``.
    """
    kinds: Counter[SourceKind] = Counter()
    unsourced = old = 0
    dates = []
    for group in groups:
        count = len(group.numbers)
        kinds[group.kind] += count
        unsourced += count if group.as_of is None else 0
        old += count if group.is_older_than(older_than) else 0
        dates += [group.as_of] if group.as_of else []
    counted = {kind: kinds[kind] for kind in SOURCE_KINDS}
    return Tally(kinds=counted, unsourced=unsourced, old=old, oldest=min(dates, default=None))


def parse_month(text: str, *, today: date) -> str:
    """
    Return a month, ``YYYY-MM``, from a month or a number of months before this one.

    Raises:
        ValueError: The text is neither, or there is no such month.
    """
    if re.fullmatch("[0-9]{4}-[0-9]{2}", text):
        date.fromisoformat(f"{text}-01")
        return text
    if not re.fullmatch("[0-9]{1,5}", text):
        raise ValueError(f"neither a month such as 2026-01 nor a number of months: {text!r}")
    year, month = divmod(today.year * 12 + today.month - 1 - int(text), 12)
    return date(year, month + 1, 1).isoformat()[:7]


def _numbers(value: object, where: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the path to each number, in the order of the format."""
    if isinstance(value, Part):
        for name in type(value).model_fields:
            if name in value.model_fields_set and (where or name != _ELSEWHERE):
                yield from _numbers(getattr(value, name), (*where, name))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield where
