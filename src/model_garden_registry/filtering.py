"""Which entries to keep, and in which order."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

from model_garden_registry.entries.rows import Row
from model_garden_registry.entries.tasks import Status, Task
from model_garden_registry.units import parse_parameter_count

SortField = Literal["id", "name", "provider", "parameters", "min_vram_gb", "recommended_vram_gb", "status"]
SORT_FIELDS: tuple[SortField, ...] = get_args(SortField)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """
    What an entry must be; a field that is None asks for nothing.

    Args:
        category: Key of a category.

        tags: Every one of these tags.

        status: One status.

        provider: Who publishes it; case does not matter.

        architecture: `base_architecture` of the entry or `model_type` of its architecture; case does not matter.

        quantized: Whether the weights are quantised.

        vision: Whether it takes images.

        task: A task that it supports.

        max_vram_gb: Memory of each GPU, in decimal GB: minimum (of the task, if one is named) at most this.

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
    query: str | None = None

    def __post_init__(self) -> None:
        if self.task not in (None, *get_args(Task)):
            raise ValueError(f"task is one of {', '.join(get_args(Task))}, not {self.task!r}")

    def keeps(self, row: Row) -> bool:
        """Say whether a row is what was asked for."""
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
            and (self.query is None or _matches(self.query, row))
        )


def sort_rows(rows: Iterable[Row], by: SortField) -> list[Row]:
    """Sort rows by a field: sizes by count, names without case and with numbers as numbers."""
    keys: dict[SortField, Callable[[Row], object]] = {
        "parameters": lambda row: (_size(row.parameters), row.id),
        "min_vram_gb": lambda row: (row.min_vram_gb, row.id),
        "recommended_vram_gb": lambda row: (row.recommended_vram_gb, row.id),
        "status": lambda row: (get_args(Status).index(row.status), natural_key(row.id)),
    }
    return sorted(rows, key=keys.get(by, lambda row: natural_key(str(getattr(row, by)))))  # type: ignore[arg-type]


def natural_key(text: str) -> list[tuple[int, float, str]]:
    """Give a sort key under which ``Qwen2`` comes before ``Qwen10``."""
    parts = re.split(r"([0-9]+(?:\.[0-9]+)?)", text.casefold())
    return [(1, float(part), "") if index % 2 else (0, 0.0, part) for index, part in enumerate(parts)]


def _architectures(row: Row) -> tuple[str, ...]:
    return tuple(name.casefold() for name in (row.base_architecture, row.model_type) if name)


def _minimum(row: Row, task: Task | None) -> float:
    return {"training": row.training_vram_gb, "inference": row.inference_vram_gb}.get(task or "", row.min_vram_gb)


def _size(parameters: str) -> int:
    try:
        return parse_parameter_count(parameters)
    except ValueError:
        return 0


def _matches(query: str, row: Row) -> bool:
    text = " ".join((row.id, row.name, row.provider, row.base_architecture, *row.tags)).casefold()
    return all(_occurs(word, text) for word in _words(query))


@lru_cache(256)
def _words(query: str) -> tuple[tuple[re.Pattern[str], ...], ...]:
    """Cut the words of a query at their stars; what is left has no repetition, so it cannot be slow to match."""
    return tuple(
        tuple(re.compile(re.escape(part).replace(r"\?", r"\S")) for part in word.split("*") if part)
        for word in query.casefold().split()
    )


def _occurs(parts: tuple[re.Pattern[str], ...], text: str) -> bool:
    """Say whether the parts follow each other within one piece of text without spaces; the first fit is the best."""
    return any(_follow(parts, piece) for piece in text.split())


def _follow(parts: tuple[re.Pattern[str], ...], piece: str) -> bool:
    end = 0
    for part in parts:
        match = part.search(piece, end)
        if match is None:
            return False
        end = match.end()
    return True
