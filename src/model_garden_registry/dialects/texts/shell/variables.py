"""
Variables that a script sets itself to plain text, replaced in words.

A variable that is set once has that value wherever it is used; one that is set several times, outside of every block,
has the value set last. A variable set in another way (by ``read``, a loop, a substitution, several branches) is
unknown, and so is one that is never set, unless its use has a default: ``${NAME:-default}`` is ``default``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from model_garden_registry.dialects.texts.placed import Placed, joined
from model_garden_registry.dialects.texts.shell.statements import Statement
from model_garden_registry.dialects.texts.shell.words import Kind, Part, RawWord

#: A value: text, the elements of an array, or None if only a shell knows it.
Value = Placed | tuple[Placed, ...] | None

_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(\+?)=")
_DECLARING = frozenset({"export", "declare", "local", "readonly", "typeset"})
_SETTING = frozenset({"read", "for", "select", "unset", "getopts", "mapfile", "readarray"})
#: A longer value was made to be large: each use of it would be copied.
_LONGEST = 100_000
#: Characters and elements that all uses of variables in one script may add; the rest stays as written.
_MOST_PUT_IN = 1_000_000


@dataclass(frozen=True, slots=True)
class Assignment:
    """
    ``NAME=value``.

    Args:
        name: The variable.

        value: Its value; None if only a shell knows it.

        start: Its position.
    """

    name: str
    value: Value
    start: int


@dataclass(slots=True)
class Variables:
    """
    The variables of a script, after the statements walked through so far.

    Args:
        values: Variables set from outside: the environment of a container.

        times: How often the script sets each variable.

        left: Characters and elements that may still be added.
    """

    values: dict[str, Value] = field(default_factory=dict)
    times: Mapping[str, int] = field(default_factory=dict)
    left: int = _MOST_PUT_IN

    @classmethod
    def of(cls, statements: Sequence[Statement], values: Mapping[str, Value]) -> Variables:
        """Return the variables of a script before its first statement."""
        names = (name for statement in statements for name in _names_set(statement))
        return cls(dict(values), Counter(names))

    def follow(self, statement: Statement) -> tuple[Assignment, ...]:
        """Apply a statement's assignments; return those that it exports to programs started later."""
        first = _written(statement.words[0])
        if first in _SETTING:
            self.values.update(dict.fromkeys(_names_set(statement)))
            return ()
        words = statement.words[1:] if first in _DECLARING else statement.words
        assignments = tuple(made for word in words if (made := self.assignment(word)))
        if first not in _DECLARING and len(assignments) < len(words):
            return ()
        for made in assignments:
            is_certain = self.times[made.name] == 1 or statement.depth == 0
            self.values[made.name] = made.value if is_certain else None
        if first != "export":
            return ()
        names = [_written(word) for word in words]
        exported = (Assignment(name, self.values.get(name), words[at][0].text.start) for at, name in enumerate(names))
        return (*assignments, *(made for made in exported if made.name in self.values))

    def assignment(self, word: RawWord) -> Assignment | None:
        """Return a word as ``NAME=value``, if it is one."""
        match = _ASSIGNMENT.match(word[0].text.text) if word[0].kind is Kind.TEXT and not word[0].is_quoted else None
        if match is None:
            return None
        head = word[0].text
        start = head.start
        value = (Part(Kind.TEXT, head.part(match.end(), len(head.text)), is_quoted=True), *word[1:])
        if match[2]:
            return Assignment(match[1], self._appended(match[1], value), start)
        return Assignment(match[1], self._value(value), start)

    def _value(self, parts: RawWord) -> Value:
        if len(parts) > 1 and parts[1].kind is Kind.ARRAY:
            return tuple(word for element in parts[1].elements for word in self.words(element))
        # An assignment does not split its value.
        words = self.words(tuple(_as_quoted(part) for part in parts))
        return words[0] if len(words) == 1 and words[0].is_known and len(words[0].text) <= _LONGEST else None

    def _appended(self, name: str, parts: RawWord) -> Value:
        before, more = self._used(self.values.get(name)), self._used(self._value(parts))
        if isinstance(before, tuple) and isinstance(more, tuple) and len(before) + len(more) <= _LONGEST:
            return before + more
        if isinstance(before, Placed) and isinstance(more, Placed) and len(before.text) + len(more.text) <= _LONGEST:
            return joined((before, more))
        return None

    def words(self, word: RawWord) -> list[Placed]:
        """Return a word with its variables replaced; an unquoted value is split at spaces, into any number of words."""
        finished: list[Placed] = []
        pieces: list[Placed] = []
        for part in word:
            first, *more = self._pieces(part)
            if first is not None:
                pieces.append(first)
            for piece in more:
                if pieces:
                    finished.append(joined(pieces))
                pieces = [] if piece is None else [piece]
        return [*finished, joined(pieces)] if pieces else finished

    def _pieces(self, part: Part) -> Iterator[Placed | None]:
        """Yield the values of a part: each after the first begins a new word; None is no text."""
        if part.kind is not Kind.VARIABLE:
            yield part.text
            return
        value = self.values.get(part.name)
        if part.name not in self.values and part.default is not None:
            words = self.words(tuple(_as_quoted(inner) for inner in part.default))
            value = words[0] if words else Placed("", [part.text.start])
        value = self._used(value)
        if isinstance(value, tuple):
            yield from _elements(value, part)
        elif value is None or part.is_array:
            yield part.text
        elif part.is_quoted:
            yield value
        else:
            yield from _cut(value)

    def _used(self, value: Value) -> Value:
        """Return a value within the remaining budget; None if it is too large."""
        texts = (value,) if isinstance(value, Placed) else value or ()
        self.left -= sum(1 + len(text.text) for text in texts)
        return value if self.left >= 0 else None


def _elements(value: tuple[Placed, ...], part: Part) -> Iterator[Placed | None]:
    if not part.is_array:  # a bare array name means its first element
        value = value[:1]
    yield from value or (None,)


def _cut(value: Placed) -> Iterator[Placed | None]:
    """Yield a value split at its spaces."""
    if value.text[:1].isspace():
        yield None
    found = [value.part(match.start(), match.end()) for match in re.finditer(r"[^ \t\n]+", value.text)]
    yield from found or ((None,) if not value.text else ())
    if value.text[-1:].isspace():
        yield None


def _as_quoted(part: Part) -> Part:
    return replace(part, is_quoted=True)


def _written(word: RawWord) -> str:
    return "".join(part.text.text for part in word)


def _names_set(statement: Statement) -> Iterator[str]:
    """Yield the names that a statement sets, as often as it does."""
    first = _written(statement.words[0])
    words = [_written(word) for word in statement.words]
    if first in _SETTING:
        yield from (word for word in words[1:2] if first in {"for", "select"})
        yield from (word for word in words[1:] if first not in {"for", "select"} and not word.startswith("-"))
        return
    matches = [_ASSIGNMENT.match(word) for word in (words[1:] if first in _DECLARING else words)]
    if first in _DECLARING or all(matches):
        yield from (match[1] for match in matches if match)
