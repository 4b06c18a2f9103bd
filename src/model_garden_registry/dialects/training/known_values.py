"""Rules that depend on a value which is not in the file: a shell variable, a default that was not read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from model_garden_registry.dialects.items import UnknownValue
from model_garden_registry.dialects.rules import Rule, Words
from model_garden_registry.dialects.vocabulary import ABSENT


class _NotKnownError(Exception):
    """A requested value is not in the file."""


class _KnownWords(Words):
    """The content of a file, for a rule that stops at values which only a shell knows."""

    def __init__(self, words: Words) -> None:
        super().__init__(words.items, words.vocabulary)
        self.doubts, self.left = words.doubts, words.left

    def get(self, key: str) -> Any:
        """Return the value of a key: the file's, else the tool's default."""
        value = super().get(key)
        if value is ABSENT:
            raise _NotKnownError
        return value


def known(value: Any) -> Any:
    """Return a value; one that is not in the file ends the reading of its rule."""
    if isinstance(value, UnknownValue):
        raise _NotKnownError
    return value


def where_known(rule: Rule) -> Rule:
    """Return a rule that leaves its settings open if a value that they depend on is not in the file."""

    def read(words: Words) -> Mapping[str, Any]:
        try:
            return rule.read(_KnownWords(words))
        except _NotKnownError:
            return {}

    return replace(rule, read=read)
