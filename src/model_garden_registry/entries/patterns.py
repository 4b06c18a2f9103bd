"""Patterns of texts, and what each of them means in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache

#: A release of three numbers.
VERSION_PATTERN = r"^[0-9]+\.[0-9]+\.[0-9]+$"
#: A moment with its UTC offset, as RFC 3339 writes it.
MOMENT_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$"
MONTH_PATTERN = r"^[0-9]{4}-(0[1-9]|1[0-2])$"
#: A calendar month, or a day in it.
DATE_PATTERN = r"^[0-9]{4}-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?$"
URL_PATTERN = r"^https?://[^\u0000-\u0020]+$"
#: Any text without control characters.
ID_PATTERN = r"^[^\u0000-\u001f\u007f]+$"
#: A lower-case word.
WORD_PATTERN = r"^[a-z0-9][a-z0-9._-]*$"
#: A number above zero, with at most six digits before the point.
_POSITIVE = r"([1-9][0-9]{0,5}(\.[0-9]{1,6})?|0\.[0-9]{0,5}[1-9][0-9]{0,5})"
#: The size of a model as people write it; never zero.
SIZE_PATTERN = rf"^([1-9][0-9]{{0,3}}x)?{_POSITIVE}[KMBT](-A{_POSITIVE}[KMB])?$"
CAPABILITY_PATTERN = r"^[0-9]{1,3}\.[0-9]{1,3}$"
#: Releases, days and compute capabilities in the tables of facts.
_RELEASE_PATTERN = r"^[0-9]+(\.[0-9]+)+$"
_DAY_PATTERN = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_CAPABILITIES = (r"^[0-9]+\.[0-9]+$", r"^[0-9]+\.[0-9]$", r"^[0-9]+(\.[0-9])?$")

_WORDS: Mapping[str, str] = {
    VERSION_PATTERN: "a version of three numbers, such as 1.2.0",
    MOMENT_PATTERN: "a moment with UTC offset, such as 2026-11-23T00:00:00Z",
    MONTH_PATTERN: "a month, such as 2026-11",
    DATE_PATTERN: "a month or a day, such as 2026-11 or 2026-11-23",
    URL_PATTERN: "an address without blanks, such as https://huggingface.co/Qwen/Qwen3-8B",
    ID_PATTERN: "a text without control characters, such as Qwen/Qwen3-8B",
    WORD_PATTERN: "a word of lower-case letters, digits and . _ -, such as qwen",
    SIZE_PATTERN: "a size, such as 8B, 350M, 8x7B or 30B-A3B",
    CAPABILITY_PATTERN: "two numbers, such as 8.0",
    _RELEASE_PATTERN: "a release, such as 0.33.0",
    _DAY_PATTERN: "a day, such as 2026-11-23",
    **dict.fromkeys(_CAPABILITIES, "one or two numbers, such as 8.9"),
}


@lru_cache(maxsize=1024)
def unreal_date(text: str) -> str:
    """
    Return why a month or day is not in the calendar; empty if it is. Cached: many numbers were read on one day.

    Args:
        text: It matches ``DATE_PATTERN``.
    """
    try:
        date.fromisoformat(text if len(text) > 7 else f"{text}-01")
    except ValueError as error:
        return f"{text} is not a real date: {error}"
    return ""


def pattern_words(pattern: str, examples: Sequence[str] = ()) -> str:
    """
    Return what texts match a pattern, as half a sentence: ``a month, such as 2026-11``.

    Args:
        examples: Texts that match, for a pattern of another schema.
    """
    other = f"a text such as {examples[0]}" if examples else f"a text that matches {pattern}"
    return _WORDS.get(pattern, other)
