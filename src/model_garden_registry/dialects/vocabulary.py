"""A tool's own words: its keys, their values, and which of them we follow."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from model_garden_registry.bundled import bundled_vocabulary
from model_garden_registry.dialects.items import UnknownValue
from model_garden_registry.errors import closing
from model_garden_registry.near_names import close_names
from model_garden_registry.visible_text import shown_value

#: Up to this many choices, all are named.
_MOST_NAMED = 12
_TRUE = frozenset({"true", "yes", "on", "1", "t", "y"})
_FALSE = frozenset({"false", "no", "off", "0", "f", "n"})


class Absent:
    """Placeholder for a value that was not given, since None is a value."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent()


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """
    The values that a key of a tool takes.

    Args:
        types: Of integer, number, boolean, string, array and object; None may stand for any omitted value.

        choices: The values that the tool takes; empty: any.

        minimum: Smallest number, itself included.

        maximum: Largest number, itself included.

        default: The tool's value if the key is absent; ABSENT if no rule needs it.
    """

    types: frozenset[str]
    choices: tuple[Any, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    default: Any = ABSENT

    def taken(self, value: Any) -> Any:
        """
        Return the value as the tool takes it: ``"2e-5"`` as a number if the key takes one.

        Raises:
            ValueError: The tool does not take it; the text lists what it takes.
        """
        if value is None or isinstance(value, UnknownValue):
            return value
        found = next((result for result in self._readings(value) if result is not ABSENT), ABSENT)
        if found is ABSENT:
            raise ValueError(f"takes {self._types_in_words()}, not {shown_value(value)}")
        if self.choices and found not in self.choices and not isinstance(found, (list, dict)):
            raise ValueError(f"{shown_value(value)} is not one of {self._choices_in_words(value)}")
        if isinstance(found, (int, float)) and not isinstance(found, bool):
            self._check_bounds(found)
        return found

    def _check_bounds(self, number: float) -> None:
        if self.minimum is not None and number < self.minimum:
            raise ValueError(f"must be at least {self.minimum:g}, not {shown_value(number)}")
        if self.maximum is not None and number > self.maximum:
            raise ValueError(f"must be at most {self.maximum:g}, not {shown_value(number)}")

    def _readings(self, value: Any) -> Iterator[Any]:
        """Yield the value read as each type that the key takes, unconverted types first."""
        if isinstance(value, bool):
            yield value if "boolean" in self.types else ABSENT
        elif isinstance(value, int | float):
            yield from self._numbers(value)
            yield str(value) if "string" in self.types else ABSENT
        elif isinstance(value, list):
            yield value if "array" in self.types else ABSENT
        elif isinstance(value, dict):
            yield value if "object" in self.types else ABSENT
        elif isinstance(value, str):
            yield from self._of_text(value)

    def _numbers(self, value: float) -> Iterator[Any]:
        if not -math.inf < value < math.inf:
            yield ABSENT
        elif "integer" in self.types and value == int(value):
            yield int(value)
        elif "number" in self.types:
            yield value
        if "boolean" in self.types and value in (0, 1):
            yield bool(value)

    def _of_text(self, value: str) -> Iterator[Any]:
        plain = value.strip()
        if value in self.choices:
            yield value
        if self.types & {"integer", "number"}:
            yield from self._numbers_in(plain)
        if "boolean" in self.types and plain.lower() in _TRUE | _FALSE:
            yield plain.lower() in _TRUE
        if self.types & {"object", "array"} and plain[:1] in ("{", "["):
            yield _json_in(plain, self.types)
        if "string" in self.types:
            yield value

    def _numbers_in(self, text: str) -> Iterator[Any]:
        try:
            yield from self._numbers(int(text))
        except ValueError:
            try:
                yield from self._numbers(float(text))
            except ValueError:
                return

    def _choices_in_words(self, value: Any) -> str:
        """Return the choices in words; of many, those similar to a value."""
        shown = [str(choice).lower() if isinstance(choice, bool) else str(choice) for choice in self.choices]
        if len(shown) <= _MOST_NAMED:
            return ", ".join(shown)
        close = close_names(str(value), shown)
        return f"{len(shown)} words" + (closing(close) if close else f" such as {shown[0]}")

    def _types_in_words(self) -> str:
        return " or ".join(_WORDS[name] for name in _WORDS if name in self.types)


_WORDS = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "string": "a text",
    "array": "a list",
    "object": "a mapping",
}


def _json_in(text: str, types: frozenset[str]) -> Any:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return ABSENT
    fits = (isinstance(found, dict) and "object" in types) or (isinstance(found, list) and "array" in types)
    return found if fits else ABSENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """
    The keys of a tool at one release.

    Args:
        tool: Its short name, which is that of the file below ``storage/vocabularies/``.

        title: Its name for people.

        version: The release that was read.

        keys: The values of each key.

        aliases: Another spelling → key.

        negations: Switch that turns an option of a command off → the option: ``no_enable_lora`` → ``enable_lora``.

        retired: Removed key → what to write instead.

        refused: Those of them that the tool refuses, if it ignores keys that it never had.

        elsewhere: Key that it does not have → where it belongs: to a later release, or to another program.

        without_influence: Key → why it changes neither memory nor the result of the run.

        not_followed: Key → its effect that our settings do not cover.

        tables: Further facts about the tool, by name: word → word.
    """

    tool: str
    title: str
    version: str
    keys: Mapping[str, Word]
    aliases: Mapping[str, str]
    negations: Mapping[str, str]
    retired: Mapping[str, str]
    refused: frozenset[str]
    elsewhere: Mapping[str, str]
    without_influence: Mapping[str, str]
    not_followed: Mapping[str, str]
    tables: Mapping[str, Mapping[str, str]]

    @property
    def named(self) -> str:
        """The tool and its release: ``axolotl 0.21.0``."""
        return f"{self.title} {self.version}"

    def key_of(self, text: str) -> str | None:
        """Return the key for a text, by name or alias; None if the tool has none."""
        return text if text in self.keys else self.aliases.get(text)


@cache
def vocabulary(tool: str) -> Vocabulary:
    """
    Return the words of a tool, read once.

    Args:
        tool: Such as ``axolotl``; the file ``storage/vocabularies/axolotl.json``.
    """
    content = json.loads(bundled_vocabulary(tool).read_bytes())
    return Vocabulary(
        tool=content["tool"],
        title=content["title"],
        version=content["version"],
        keys={key: _word(stated) for key, stated in content["keys"].items()},
        aliases=content.get("aliases", {}),
        negations=content.get("negations", {}),
        retired=content.get("retired", {}),
        refused=frozenset(content.get("refused", ())),
        elsewhere=_by_key(content.get("elsewhere", {})),
        without_influence=_by_key(content.get("without_influence", {})),
        not_followed=_by_key(content.get("not_followed", {})),
        tables=content.get("tables", {}),
    )


def _word(stated: Mapping[str, Any]) -> Word:
    return Word(
        types=frozenset(stated["types"]),
        choices=tuple(stated.get("choices", ())),
        minimum=stated.get("minimum"),
        maximum=stated.get("maximum"),
        default=stated.get("default", ABSENT),
    )


def _by_key(reasons: Mapping[str, list[str]]) -> dict[str, str]:
    return {key: reason for reason, keys in reasons.items() for key in keys}
