"""Which entries to keep, and in which order."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, TypedDict, get_args

from model_garden_registry.catalogue.rows import Row
from model_garden_registry.catalogue.sizes import parse_size
from model_garden_registry.entries.tasks import Status, Task
from model_garden_registry.errors import closing
from model_garden_registry.near_names import close_names
from model_garden_registry.units import SCALES, parse_parameter_count

#: A number, and the letter of a size if it ends the word: in ``4b-it``, not in ``4bit``.
_NUMBER = re.compile(r"([0-9]+(?:\.[0-9]+)?)(?:([kmbt])(?![a-z]))?")

SortField = Literal[
    "best",
    "id",
    "name",
    "provider",
    "size",
    "vram",
    "released",
    "status",
    "parameters",
    "min_vram_gb",
    "recommended_vram_gb",
]
SORT_FIELDS: tuple[SortField, ...] = get_args(SortField)
#: The tag of recommended models.
RECOMMENDED = "recommended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """
    What an entry must match; a field that is None matches everything.

    Args:
        category: Key of a category.

        tags: Every one of these tags.

        status: One status.

        provider: The publisher, in any case.

        architecture: `base_architecture` of the entry or `model_type` of its architecture, in any case.

        quantized: Whether the weights are quantised.

        vision: Whether it takes images.

        task: A task that it supports.

        max_vram_gb: Memory per GPU, in decimal GB: minimum (of the task, if one is named) at most this.

        size: A class of sizes, a size or a range of sizes: ``small``, ``8B``, ``7B..14B``; see ``catalogue.sizes``.

        query: Words that all occur in id, name, provider, architecture or tags; ``*`` and ``?`` are wildcards.
    """

    category: str | None = None
    tags: tuple[str, ...] = ()
    status: str | None = None
    provider: str | None = None
    architecture: str | None = None
    quantized: bool | None = None
    vision: bool | None = None
    task: Task | None = None
    max_vram_gb: float | None = None
    size: str | None = None
    query: str | None = None

    def __post_init__(self) -> None:
        if self.task not in (None, *get_args(Task)):
            raise ValueError(f"task is one of {', '.join(get_args(Task))}, not {self.task!r}")
        if self.size is not None:
            parse_size(self.size)

    def keeps(self, row: Row) -> bool:
        """Return whether a row matches."""
        return (
            (self.category is None or row.category == self.category)
            and all(tag in row.tags for tag in self.tags)
            and (self.status is None or row.status == self.status)
            and (self.provider is None or row.provider.casefold() == self.provider.casefold())
            and (self.architecture is None or self.architecture.casefold() in _architectures(row))
            and (self.quantized is None or row.is_quantized == self.quantized)
            and (self.vision is None or row.is_vision == self.vision)
            and (self.task is None or (row.training if self.task == "training" else row.inference))
            and (self.max_vram_gb is None or _minimum(row, self.task) <= self.max_vram_gb)
            and (self.size is None or _is_of_size(self.size, row))
            and (self.query is None or _matches(self.query, row))
        )


class Wanted(TypedDict, total=False):
    """The fields of a ``Filter`` except its task; one tag need not be a list."""

    category: str | None
    tags: tuple[str, ...] | list[str] | str
    status: str | None
    provider: str | None
    architecture: str | None
    quantized: bool | None
    vision: bool | None
    max_vram_gb: float | None
    size: str | None
    query: str | None


def filter_of(wanted: Wanted, task: Task | None = None) -> Filter:
    """
    Return the filter of keyword arguments.

    Raises:
        ValueError: There is no such task or size.

        TypeError: There is no such filter.
    """
    if unknown := next((word for word in wanted if word not in Wanted.__annotations__), None):
        raise TypeError(f"unknown filter {unknown!r}{closing(close_names(unknown, Wanted.__annotations__))}")
    tags = wanted.get("tags") or ()
    words: dict[str, Any] = {**wanted, "tags": (tags,) if isinstance(tags, str) else tuple(tags)}
    return Filter(task=task, **words)


def sort_rows(rows: Iterable[Row], by: SortField) -> list[Row]:
    """
    Sort rows by a field: sizes by count, names without case and with numbers as numbers.

    ``best`` is recommended models first, then by ``released``, then the largest first. ``size`` is ``parameters``,
    ``vram`` the least memory of all GPUs together, ``released`` has the newest first and what states no month last.
    Equal rows are in the order of ids.

    Raises:
        ValueError: There is no such field.
    """
    if by not in SORT_FIELDS:
        raise ValueError(f"rows are sorted by {', '.join(SORT_FIELDS)}, not {by!r}")
    keys: dict[SortField, Callable[[Row], Any]] = {
        "best": lambda row: (RECOMMENDED not in row.tags, _age(row), -(_size(row.parameters) or 0)),
        "size": lambda row: _size(row.parameters) or 0,
        "parameters": lambda row: _size(row.parameters) or 0,
        "vram": lambda row: row.min_vram_gb * row.min_gpus,
        "min_vram_gb": lambda row: row.min_vram_gb,
        "recommended_vram_gb": lambda row: row.recommended_vram_gb,
        "released": _age,
        "status": lambda row: get_args(Status).index(row.status),
    }
    key: Callable[[Row], Any] = keys.get(by, lambda row: natural_key(str(getattr(row, by))))
    return sorted(rows, key=lambda row: (key(row), natural_key(row.id)))


def rows_for_use(rows: Iterable[Row]) -> list[Row]:
    """
    Sort rows for the choice of a model: recommended ones, then those for general use, then the others.

    For general use are models that follow instructions and were trained to call tools: neither base models nor those
    for one purpose, such as reading scanned pages. In each group the order is ``best``.
    """
    return sorted(sort_rows(rows, "best"), key=lambda row: (RECOMMENDED not in row.tags, not _is_general(row)))


def _is_general(row: Row) -> bool:
    return "tools" in row.tags and not {"instruct", "reasoning"}.isdisjoint(row.tags)


def natural_key(text: str) -> list[tuple[int, float, str]]:
    """Return a sort key under which ``Qwen2`` comes before ``Qwen10``, and ``350M`` before ``1.7B``."""
    parts = _NUMBER.split(text.casefold())  # a text, then repeatedly a number, its letter if any, a text
    key = [(0, 0.0, parts[0])]
    for number, letter, rest in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        key += [(1, float(number) * SCALES[letter.upper()] if letter else float(number), ""), (0, 0.0, rest)]
    return key


def _age(row: Row) -> list[int]:
    """Return a sort key under which the newest month comes first, and none last."""
    return [-ord(sign) for sign in row.released or ""] or [0]


def _architectures(row: Row) -> tuple[str, ...]:
    return tuple(name.casefold() for name in (row.base_architecture, row.model_type) if name)


def _minimum(row: Row, task: Task | None) -> float:
    return {"training": row.training_vram_gb, "inference": row.inference_vram_gb}.get(task or "", row.min_vram_gb)


def _size(parameters: str) -> int | None:
    try:
        return parse_parameter_count(parameters)
    except ValueError:
        return None


def _is_of_size(size: str, row: Row) -> bool:
    parameters = _size(row.parameters)
    return parameters is not None and parse_size(size).holds(parameters)


def _matches(query: str, row: Row) -> bool:
    text = " ".join((row.id, row.name, row.provider, row.base_architecture, *row.tags)).casefold()
    return all(_occurs(word, text) for word in _words(query))


#: No digit, nor a decimal point, is right before.
_NUMBER_BEGINS = r"(?<!\d)(?<!\d\.)"


@lru_cache(256)
def _words(query: str) -> tuple[tuple[re.Pattern[str], ...], ...]:
    """
    Return the words of a query, split at ``*``; the parts have no repetition, so that matching is never slow.

    A word that begins with a digit begins a number: ``8b`` is in "qwen3-8b", not in "0.8b" or "18b".
    """
    return tuple(
        tuple(
            re.compile((_NUMBER_BEGINS if index == 0 and part[0].isdigit() else "") + _pattern(part))
            for index, part in enumerate(word.split("*"))
            if part
        )
        for word in query.casefold().split()
    )


def _pattern(part: str) -> str:
    return re.escape(part).replace(r"\?", r"\S")


def _occurs(parts: tuple[re.Pattern[str], ...], text: str) -> bool:
    """Return whether the parts occur in order within one word of a text; the first match is the best."""
    return any(_follow(parts, piece) for piece in text.split())


def _follow(parts: tuple[re.Pattern[str], ...], piece: str) -> bool:
    end = 0
    for part in parts:
        match = part.search(piece, end)
        if match is None:
            return False
        end = match.end()
    return True
