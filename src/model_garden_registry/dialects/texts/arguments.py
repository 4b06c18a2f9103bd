"""From words of a command line to options with their values, and words without an option."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from enum import Enum, auto

from model_garden_registry.dialects.items import Item, UnknownValue
from model_garden_registry.dialects.texts.command import Word

_OPTION = re.compile(r"-(?!\d|\.\d|$).*", re.DOTALL)


class Takes(Enum):
    """Number of words that an option takes."""

    NOTHING = auto()
    ONE = auto()
    SEVERAL = auto()


def read_arguments(
    words: Sequence[Word], takes: Callable[[str], Takes] = lambda _option: Takes.SEVERAL
) -> tuple[tuple[Item, ...], tuple[Word, ...]]:
    """
    Return the options of a command line as written, and the words that belong to none.

    An option with several words gets a list of them, one without words gets True.

    Args:
        words: Words of the command, without the program.

        takes: Number of words that an option takes, by the option as written. If a tool's own options are unknown,
            an option takes all words up to the next one, which is wrong only for a positional word after a switch.
    """
    arguments: list[Item] = []
    rest: list[Word] = []
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if word.text == "--":
            return tuple(arguments), (*rest, *words[at:])
        if not _OPTION.fullmatch(word.text):
            rest.append(word)
            continue
        option, equals, text = word.text.partition("=")
        values: list[str | UnknownValue] = [_value(text, is_known=word.is_known)] if equals else []
        most = {Takes.NOTHING: 0, Takes.ONE: 1, Takes.SEVERAL: len(words)}[takes(option)]
        while not equals and len(values) < most and at < len(words) and not _OPTION.fullmatch(words[at].text):
            values.append(_value(words[at].text, is_known=words[at].is_known))
            at += 1
        value = True if not values else values[0] if len(values) == 1 else values
        arguments.append(Item(option, value, word.line, word.column))
    return tuple(arguments), tuple(rest)


def _value(text: str, *, is_known: bool) -> str | UnknownValue:
    return text if is_known else UnknownValue(text)
