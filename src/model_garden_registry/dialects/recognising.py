"""Whose file a text is, told by its keys."""

from __future__ import annotations

from collections.abc import Iterable

from model_garden_registry.dialects.dialect import Dialect


def dialect_of(keys: Iterable[str], dialects: Iterable[Dialect]) -> Dialect | None:
    """
    Return the dialect whose words a file's keys are; None where they are no tool's.

    A file has at least one mark of its tool. Of several tools whose marks it has, the one that knows most of its keys
    is taken, and of those the first.
    """
    names = frozenset(keys)
    candidates = [dialect for dialect in dialects if names & dialect.marks]
    return max(candidates, key=lambda dialect: _known(names, dialect), default=None)


def _known(names: frozenset[str], dialect: Dialect) -> int:
    words = dialect.vocabulary
    return sum(words.key_of(name) is not None for name in names)
