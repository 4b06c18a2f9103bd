"""
From words of a command to items, like the parsers of Python's argparse.

An option may be shortened as long as it is unique; dashes and underscores are the same within it;
switches have opposites; and ``--name.part value`` is a part of a mapping.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from model_garden_registry.dialects.items import Item, UnknownValue
from model_garden_registry.dialects.texts.arguments import Takes, read_arguments
from model_garden_registry.dialects.texts.command import Word as CommandWord
from model_garden_registry.dialects.vocabulary import Vocabulary

#: A shorter option is not completed; nor is a short spelling (``-tp``).
_SHORTEST = 2
_LONGEST_SHORT = 3
_TRUTHS = frozenset({"true", "false"})
_ATTACHED = re.compile(r"-([A-Za-z])=?(\d+)")


class Meaning(NamedTuple):
    """
    The meaning of an option.

    Args:
        key: Its key.

        is_off: Whether it switches the key off.
    """

    key: str
    is_off: bool


def plain_option(written: str) -> str:
    """Return an option without its dashes, and without the part of a mapping."""
    return written.lstrip("-").partition(".")[0].replace("-", "_")


def written_option(key: str) -> str:
    """Return a key as an option: ``--max-model-len``."""
    return f"--{key.replace('_', '-')}"


def meaning_of(written: str, vocabulary: Vocabulary) -> Meaning | None:
    """Return the meaning of an option: by name, alias, opposite, or prefix; None if it is not an option."""
    plain = plain_option(written)
    exact = _meaning(plain, vocabulary)
    if exact is not None or not written.startswith("--") or len(plain) < _SHORTEST:
        return exact
    long_ones = (name for name in vocabulary.aliases if len(name) > _LONGEST_SHORT)
    found = [name for name in (*vocabulary.keys, *long_ones, *vocabulary.negations) if name.startswith(plain)]
    return _meaning(found[0], vocabulary) if len(found) == 1 else None


def _meaning(plain: str, vocabulary: Vocabulary) -> Meaning | None:
    key = vocabulary.key_of(plain)
    if key is not None:
        return Meaning(key, is_off=False)
    return Meaning(vocabulary.negations[plain], is_off=True) if plain in vocabulary.negations else None


def option_items(
    words: Sequence[CommandWord], vocabulary: Vocabulary, *, positional: str | None = None, has_truths: bool = False
) -> tuple[Item, ...]:
    """
    Return the words of a command that belong to no option, then its options, each as written, with its value.

    Args:
        words: The arguments of the command.

        vocabulary: The tool's words.

        positional: The key for a first word without an option: the model of ``vllm serve``.

        has_truths: Whether a switch may be followed by true or false: ``--bf16 True``.
    """

    def takes(option: str) -> Takes:
        meaning = meaning_of(option, vocabulary)
        if meaning is None:
            return Takes.SEVERAL
        if "." in option:
            return Takes.ONE
        types = vocabulary.keys[meaning.key].types
        if meaning.is_off or types == {"boolean"}:
            return Takes.NOTHING
        return Takes.SEVERAL if "array" in types and "object" not in types else Takes.ONE

    parted = tuple(_detached(words))
    options, rest = read_arguments(tuple(_joined(parted, vocabulary)) if has_truths else parted, takes)
    found = [_switched(item, vocabulary) for item in options if "." not in item.key]
    found += _mappings(item for item in options if "." in item.key)
    others = [Item(word.text, _value(word), word.line, word.column) for word in rest]
    if others and positional:
        others[0] = replace(others[0], key=positional)
    return (*others, *found)


def _value(word: CommandWord) -> str | UnknownValue:
    return word.text if word.is_known else UnknownValue(word.text)


def _detached(words: Sequence[CommandWord]) -> Iterator[CommandWord]:
    """Yield the words, with the letter of a short option split from a number after it: ``-O3``."""
    for word in words:
        if match := _ATTACHED.fullmatch(word.text):
            yield CommandWord(f"-{match[1]}", word.is_known, word.line, word.column)
            yield CommandWord(match[2], word.is_known, word.line, word.column)
        else:
            yield word


def _joined(words: Sequence[CommandWord], vocabulary: Vocabulary) -> Iterator[CommandWord]:
    """Yield the words, with each switch joined to the true or false after it, or to a variable that may be one."""
    at = 0
    while at < len(words):
        word, behind = words[at], words[at + 1] if at + 1 < len(words) else None
        may_be = behind is not None and (behind.text.lower() in _TRUTHS or not behind.is_known)
        if behind is not None and may_be and _is_switch(word.text, vocabulary):
            yield CommandWord(f"{word.text}={behind.text}", behind.is_known, word.line, word.column)
            at += 2
        else:
            yield word
            at += 1


def _is_switch(text: str, vocabulary: Vocabulary) -> bool:
    meaning = meaning_of(text, vocabulary) if text.startswith("-") and "=" not in text else None
    return meaning is not None and not meaning.is_off and vocabulary.keys[meaning.key].types == {"boolean"}


def _switched(item: Item, vocabulary: Vocabulary) -> Item:
    meaning = meaning_of(item.key, vocabulary)
    is_off = item.value is True and meaning is not None and meaning.is_off
    return Item(item.key, not is_off, item.line, item.column) if item.value is True else item


def _mappings(parts: Iterable[Item]) -> list[Item]:
    """Return the items, with ``--name.part value`` joined to one mapping for each name."""
    whole: dict[str, tuple[Item, dict[str, Any]]] = {}
    for item in parts:
        name, *path = item.key.split(".")
        if name not in whole:
            whole[name] = (Item(name, None, item.line, item.column), {})
        here = whole[name][1]
        for step in path[:-1]:
            inner = here.setdefault(step, {})
            here = inner if isinstance(inner, dict) else here
        here[path[-1].removesuffix("+")] = _part(item.value, is_list=path[-1].endswith("+"))
    return [Item(item.key, value, item.line, item.column) for item, value in whole.values()]


def _part(value: Any, *, is_list: bool) -> Any:
    if not isinstance(value, str):
        return value
    if is_list:
        return value.split(",")
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value
