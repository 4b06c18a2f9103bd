"""Widths of layers as sums of products of a network's numbers: ``2*key_heads*key_head_dim + num_heads``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from math import prod

#: A factor: a whole number or a name.
_PART = re.compile(r"[0-9]{1,12}|[A-Za-z]\w*", re.ASCII)

#: One product: its factor, and the names of its numbers.
_Term = tuple[int, tuple[str, ...]]


def value_of(expression: str, numbers: Mapping[str, int]) -> int:
    """
    Return the value of an expression.

    Args:
        numbers: Values of the names.

    Raises:
        KeyError: A name has no number; the error carries the name.

        ValueError: It is not a sum of products.
    """
    return sum(factor * prod(numbers[name] for name in names) for factor, names in _terms(expression))


def names_of(expression: str) -> frozenset[str]:
    """Return the names that an expression needs numbers for."""
    return frozenset(name for _, names in _terms(expression) for name in names)


def words_of(text: str) -> frozenset[str]:
    """Return every name in an expression and its condition."""
    return frozenset(re.findall(r"[a-z]\w*", text))


@cache
def _terms(expression: str) -> tuple[_Term, ...]:
    return tuple(map(_term, expression.split("+")))


def _term(text: str) -> _Term:
    parts = [part.strip() for part in text.split("*")]
    if not all(map(_PART.fullmatch, parts)):
        raise ValueError(f"{text.strip()!r:.60} is not a product of names and whole numbers")
    return prod(int(part) for part in parts if part.isdecimal()), tuple(part for part in parts if not part.isdecimal())
