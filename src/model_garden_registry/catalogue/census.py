"""Counts of models by kind, and of numbers by source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import get_args

from model_garden_registry.catalogue.comparison import quantization_text
from model_garden_registry.catalogue.number_sources import Tally, number_sources, tally
from model_garden_registry.catalogue.sizes import SIZE_CLASSES, size_class
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.tasks import Status
from model_garden_registry.units import parse_parameter_count


@dataclass(frozen=True, slots=True)
class Census:
    """
    Counts of a registry's models.

    Args:
        models: How many there are.

        groups: By field, the number of models by value; None is the value of models that state none.

        numbers: Where their numbers come from.
    """

    models: int
    groups: Mapping[str, Mapping[str | None, int]]
    numbers: Tally


_GROUPS: dict[str, Callable[[ModelInfo], str | None]] = {
    "category": lambda entry: entry.category,
    "provider": lambda entry: entry.provider,
    "license": lambda entry: entry.license,
    "size": lambda entry: size_class(parse_parameter_count(entry.parameters)),
    "status": lambda entry: entry.status,
    "quantization": quantization_text,
}
#: Values that have an order of their own.
_ORDERS: dict[str, tuple[str, ...]] = {"size": tuple(SIZE_CLASSES), "status": get_args(Status)}


def take_census(entries: Collection[ModelInfo]) -> Census:
    """Count models by each of their kinds, the most frequent first unless the values have an order of their own."""
    groups = {name: _counted(name, [value(entry) for entry in entries]) for name, value in _GROUPS.items()}
    numbers = tally(group for entry in entries for group in number_sources(entry))
    return Census(len(entries), groups, numbers)


def _counted(name: str, values: list[str | None]) -> dict[str | None, int]:
    counts = Counter(values)
    if name in _ORDERS:
        return {value: counts[value] for value in _ORDERS[name] if counts[value]}
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0] is None, (pair[0] or "").casefold())))
