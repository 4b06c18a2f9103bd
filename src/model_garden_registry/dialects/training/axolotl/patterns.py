"""From patterns over whole module names, as PEFT takes them, to the names that they end with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from model_garden_registry.families.family import family_of, known_model_types

#: Limits of a pattern. As repeated groups are refused too, no pattern takes long, whoever wrote it.
_MOST_CHARACTERS, _MOST_BRACKETS, _MOST_REPEATS = 1000, 50, 3
_TOKEN = re.compile(r"\\.|\[[^]]*\]|\.[*+?]|.", re.DOTALL)


def matched_names(pattern: str) -> list[str]:
    """
    Return the layer names of known families that the last part of a pattern matches, sorted.

    Which layers of a network it selects is not evaluated.

    Raises:
        ValueError: It is not a regular expression, or exceeds the limits.
    """
    if len(pattern) > _MOST_CHARACTERS or pattern.count("(") > _MOST_BRACKETS:
        raise ValueError(f"is a pattern of more than {_MOST_CHARACTERS} characters or {_MOST_BRACKETS} brackets")
    try:
        re.compile(pattern)
        lasts = [_compiled(last) for last in _last_parts(pattern)]
    except re.error as error:
        raise ValueError(f"is not a regular expression: {error}") from None
    return [name for name in _names() if any(last.fullmatch(name) for last in lasts)]


def _compiled(last: str) -> re.Pattern[str]:
    repeats = re.findall(r"[*+{]", re.sub(r"\\.|\[[^]]*\]", "x", last))
    if len(repeats) > _MOST_REPEATS or re.search(r"\)[*+{]", last):
        raise ValueError("is a pattern whose end repeats too much to be read")
    return re.compile(last)


def _last_parts(pattern: str) -> Iterator[str]:
    """Yield the text after the last dot of each alternative of a pattern; for one in brackets, the text inside."""
    for alternative in _divided(pattern, ("|",)):
        *_, last = _divided(alternative, (".", r"\."))
        if _is_bracketed(last):
            yield from _last_parts(last[1:-1].removeprefix("?:"))
        else:
            yield last


def _divided(pattern: str, marks: Sequence[str]) -> Iterator[str]:
    """Yield a pattern split at marks outside of brackets."""
    part = ""
    for token, depth in _tokens(pattern):
        if depth == 0 and token in marks:
            yield part
            part = ""
        else:
            part += token
    yield part


def _is_bracketed(part: str) -> bool:
    """Return whether the bracket that opens a part is closed at its end."""
    return part.startswith("(") and [depth for _, depth in _tokens(part)].index(0) == len([*_tokens(part)]) - 1


def _tokens(pattern: str) -> Iterator[tuple[str, int]]:
    """Yield the tokens of a pattern, each with the number of brackets open after it."""
    depth = 0
    for token in _TOKEN.findall(pattern):
        depth += (token == "(") - (token == ")")
        yield token, depth


@cache
def _names() -> Sequence[str]:
    """Return the names of all layers in known families that can get an adapter."""
    named = {name for model_type in known_model_types() for name in family_of(model_type).modules}
    return sorted({name.rpartition(".")[2] for name in named})
