"""Numbers of a config.json, by the expressions of a family's record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model_garden_registry.families.expressions import names_of, value_of
from model_garden_registry.families.family import Family


def family_numbers(family: Family, config: Mapping[str, Any]) -> dict[str, int]:
    """
    Return the numbers of an architecture that a family names in its own way, by dotted path.

    Args:
        config: The language model's part of config.json.
    """
    found = {name: first_told(told, config) for name, told in family.shape.items()}
    return {name: value for name, value in found.items() if value is not None}


def further_weights(family: Family, config: Mapping[str, Any]) -> int:
    """Return the weights outside of layers, embeddings and head; parts that are absent count as zero."""
    terms = (term.strip() for term in family.further.split("+"))
    return sum(first_told(term, config) or 0 for term in terms)


def all_told(expression: str, config: Mapping[str, Any]) -> int | None:
    """
    Return the value of a sum whose terms may have conditions; None if a number that it needs is not stated.

    Args:
        expression: ``hidden_size*patch_size + vision_use_head ? 2*hidden_size``: a term whose condition is false
            counts as zero.
    """
    total = 0
    for term in expression.split("+"):
        flag, _, product = term.rpartition("?")
        if flag and not config.get(flag.strip()):
            continue
        value = first_told(product, config)
        if value is None:
            return None
        total += value
    return total


def first_told(told: str | list[str], config: Mapping[str, Any]) -> int | None:
    """Return the first expression whose condition is true and whose names all have a number; None if there is none."""
    numbers = {key: value for key, value in config.items() if type(value) is int}
    for text in [told] if isinstance(told, str) else told:
        flag, _, expression = text.rpartition("?")
        if (not flag or config.get(flag.strip())) and names_of(expression) <= numbers.keys():
            return value_of(expression, numbers)
    return None
