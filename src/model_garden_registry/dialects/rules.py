"""Correspondences between our settings and a tool's keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.items import Item, UnknownValue
from model_garden_registry.dialects.vocabulary import ABSENT, Vocabulary


class UnsayableError(ValueError):
    """The tool cannot express a setting; the text says why, as half a sentence."""


class RefusedValueError(ValueError):
    """
    The tool refuses a value, or a combination of values.

    Args:
        key: The key of the value.

        problem: Why, as half a sentence that follows the key: ``takes 4 or 8``.
    """

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(key, problem)
        self.key = key
        self.problem = problem


class Words:
    """
    The content of a file in a tool's words: values by key, each as the tool takes it.

    Args:
        items: By key of the vocabulary.

        vocabulary: The tool's words, with its defaults.
    """

    def __init__(self, items: Mapping[str, Item], vocabulary: Vocabulary) -> None:
        self.items = items
        self.vocabulary = vocabulary
        #: Keys whose value no setting covers, each with why.
        self.left: dict[str, str] = {}
        #: Keys whose value does not do what it appears to, each with what it does.
        self.doubts: list[tuple[str, str]] = []

    def leave(self, key: str, reason: str) -> None:
        """
        Note that the tool takes the value of a key and that none of our settings covers it.

        Args:
            reason: What is not counted, or why; as the reasons of the vocabulary.
        """
        self.left[key] = reason

    def doubt(self, key: str, problem: str) -> None:
        """
        Warn of a value that the tool takes, and that does not do what it appears to.

        Args:
            problem: Half a sentence that follows the key: ``does nothing with adapter: lora``.
        """
        self.doubts.append((key, problem))

    def __contains__(self, key: str) -> bool:
        """Return whether the file gives a key a value; null is none."""
        return key in self.items and self.items[key].value is not None

    def get(self, key: str) -> Any:
        """
        Return the value of a key: the file's, else the tool's default.

        ABSENT if neither is known: the file does not have the key and no default is read, or its value is a variable.
        """
        if key not in self:
            return self.vocabulary.keys[key].default
        value = self.items[key].value
        return ABSENT if isinstance(value, UnknownValue) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """
    A correspondence between settings and keys.

    Args:
        keys: The tool's keys that it explains.

        settings: Our settings that it covers, by dotted path.

        write: Returns the keys for these settings; raises ``UnsayableError`` if the tool cannot express them.

        read: Returns the settings of the keys; raises ``RefusedValueError`` for what the tool refuses.

        says: The conversion, for the table in docs; empty: the values are the same.

        said_by: Setting → the keys that set it, if not all do; the first that a file has is named.
    """

    keys: tuple[str, ...]
    settings: tuple[str, ...]
    write: Callable[[ExportRequest], Mapping[str, Any]]
    read: Callable[[Words], Mapping[str, Any]]
    says: str = ""
    said_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def _same(value: Any) -> Any:
    return value


def same(
    key: str,
    setting: str = "",
    *,
    to: Callable[[Any], Any] = _same,
    of: Callable[[Any], Any] = _same,
    says: str = "",
) -> Rule:
    """
    Return the rule for one key that equals one setting.

    None is written by leaving the key out, and an absent key is read as the tool's default.

    Args:
        key: The tool's key.

        setting: Our setting, by dotted path; default: the same name.

        to: Our value → the tool's; raises ``UnsayableError``. Not called for None.

        of: The tool's value → ours; raises ``ValueError`` with half a sentence that follows the key. Not called for
            None.

        says: The conversion, for docs.
    """
    path = setting or key

    def write(request: ExportRequest) -> Mapping[str, Any]:
        value = request.value(path)
        return {} if value is None else {key: to(value)}

    def read(words: Words) -> Mapping[str, Any]:
        value = words.get(key)
        if value is ABSENT:
            return {}
        try:
            return {path: None if value is None else of(value)}
        except ValueError as error:
            raise RefusedValueError(key, str(error)) from None

    return Rule(keys=(key,), settings=(path,), write=write, read=read, says=says)


def stated(key: str, setting: str = "", *, says: str = "") -> Rule:
    """
    Return the rule for a key that changes no memory: what one side leaves out, the other leaves out too.

    Args:
        key: The tool's key.

        setting: Our setting, by dotted path; default: the same name.

        says: The conversion, for docs.
    """
    path = setting or key

    def write(request: ExportRequest) -> Mapping[str, Any]:
        value = request.value(path)
        return {} if value is None or value is False else {key: value}

    def read(words: Words) -> Mapping[str, Any]:
        value = words.get(key) if key in words else None
        return {} if value is None or value is ABSENT else {path: value}

    return Rule(keys=(key,), settings=(path,), write=write, read=read, says=says)
