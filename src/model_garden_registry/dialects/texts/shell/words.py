"""
Words of a shell script: quotes, backslashes and variables, as POSIX shells and bash read them. Nothing is looked up.

A part that cannot be known from the text alone (``$(...)``, arithmetic, most of ``${...}``) becomes an unknown part, as
written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from model_garden_registry.dialects.texts.placed import Placed


class Kind(Enum):
    """The kind of a part of a word."""

    TEXT = auto()
    VARIABLE = auto()
    UNKNOWN = auto()
    ARRAY = auto()


@dataclass(frozen=True, slots=True)
class Part:
    """
    A part of a word.

    Args:
        kind: What it is.

        text: The characters it stands for; for all kinds but ``TEXT``, as written.

        is_quoted: Whether its value stays one word.

        name: Name of a variable.

        default: Value of a variable that is never set: ``${NAME:-default}``.

        is_array: Whether each element is a word of its own: ``${NAME[@]}``.

        elements: Elements of an array: ``(a b c)``.
    """

    kind: Kind
    text: Placed
    is_quoted: bool = False
    name: str = ""
    default: tuple[Part, ...] | None = None
    is_array: bool = False
    elements: tuple[tuple[Part, ...], ...] = ()


#: A word before its variables are known.
RawWord = tuple[Part, ...]

#: A backslash at the end of the script continues nothing, and counts as space.
_SPACE = re.compile(r"(?:[ \t]|\\(?:\n|\Z))+")
_COMMENT = re.compile(r"#[^\n]*")
_PLAIN = re.compile(r"[^\s\\'\"$`;&|()<>]+")
_IN_QUOTES = re.compile(r'[^\\"$`]+')
_SINGLE = re.compile(r"'([^']*)'?")
_ANSI = re.compile(r"\$'((?:\\.|[^'\\])*)'?", re.DOTALL)
_BACKTICKS = re.compile(r"(?:\\.|[^`\\])*`?", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ASSIGNED = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\+?=")
_SPECIAL = re.compile(r"[0-9@*#?$!-]")
_BRACED = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*|[0-9]+)(\[[@*]\])?(?::?[-=]|(?=\}))")
_BALANCED = re.compile(r"\\.|'[^']*'|\"(?:\\.|[^\"\\])*\"|[(){}]", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "\\": "\\", "'": "'", '"': '"'}
#: Nested defaults: people do not write deeper ones, and each level costs stack.
_DEEPEST = 20


class WordReader:
    """
    Words of a script, one after the other.

    Args:
        script: The script.

        depth: Number of defaults around this text.
    """

    def __init__(self, script: Placed, depth: int = 0) -> None:
        self._script = script
        self._depth = depth
        self._is_in_array = False
        self.text = script.text
        self.at = 0

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Match a pattern here and move past it, if it matches."""
        if match := pattern.match(self.text, self.at):
            self.at = match.end()
        return match

    def skip_space(self) -> None:
        """Skip space, continued lines and a comment."""
        self.match(_SPACE)
        self.match(_COMMENT)

    def word(self) -> RawWord:
        """Return the next word; empty if none begins here."""
        parts: list[Part] = []
        while self.at < len(self.text):
            start, character = self.at, self.text[self.at]
            if self.match(_PLAIN):
                parts.append(self._written(start))
            elif character in "<>" and self.text.startswith("(", start + 1):
                self.at += 1
                parts.append(self._skipped(start, "()"))
            elif character == "(" and not self._is_in_array and _ASSIGNED.fullmatch(plain_text(tuple(parts))):
                parts.append(self._array())
            elif character in " \t\n;&|()<>":
                break
            else:
                parts += self._special(character)
        return tuple(parts)

    def _written(self, start: int, *, is_quoted: bool = False) -> Part:
        return Part(Kind.TEXT, self._script.part(start, min(self.at, len(self.text))), is_quoted)

    def _unknown(self, start: int, *, is_quoted: bool = False) -> Part:
        text = self._script.part(start, self.at)
        return Part(Kind.UNKNOWN, Placed(text.text, text.offsets, is_known=False), is_quoted)

    def _skipped(self, start: int, pair: str, *, is_quoted: bool = False) -> Part:
        """Skip brackets with everything in them."""
        open_ones, end = 0, len(self.text)
        for match in _BALANCED.finditer(self.text, self.at):
            open_ones += {pair[0]: 1, pair[1]: -1}.get(match.group(), 0)
            if open_ones == 0 and match.group() == pair[1]:
                end = match.end()
                break
        self.at = end
        return self._unknown(start, is_quoted=is_quoted)

    def _special(self, character: str) -> Iterator[Part]:
        """Yield the parts at a special character: a quote, a backslash, a dollar, a backtick; or unusual space."""
        start = self.at
        if character == "'" and (match := self.match(_SINGLE)):
            yield Part(Kind.TEXT, self._script.part(match.start(1), match.end(1)), is_quoted=True)
        elif character == "$" and (match := self.match(_ANSI)):
            yield self._ansi(match)
        elif character == '"' or self.text.startswith('$"', start):
            self.at += 1 if character == '"' else 2
            yield from self._quoted()
        elif character == "\\":
            self.at += 2
            if self.text[start + 1 : self.at] != "\n":
                yield Part(Kind.TEXT, self._script.part(start + 1, min(self.at, len(self.text))), is_quoted=True)
        elif character in "$`":
            yield self._substitution(is_quoted=False)
        else:
            self.at += 1
            yield self._written(start)

    def _ansi(self, match: re.Match[str]) -> Part:
        characters: list[str] = []
        offsets: list[int] = []
        for piece in re.finditer(r"\\(.)|[^\\]", match[1], re.DOTALL):
            characters += _ESCAPES.get(piece[1], piece.group()) if piece[1] else piece.group()
            offsets += [self._script.offsets[match.start(1) + piece.start()]] * (len(characters) - len(offsets))
        return Part(
            Kind.TEXT, Placed("".join(characters), [*offsets, self._script.offsets[match.end(1)]]), is_quoted=True
        )

    def _quoted(self) -> Iterator[Part]:
        """Yield the parts up to the closing quotation mark."""
        if self.text.startswith('"', self.at):  # "" is a word; an array without elements is not
            yield self._written(self.at, is_quoted=True)
        while self.at < len(self.text) and self.text[self.at] != '"':
            start = self.at
            if self.match(_IN_QUOTES):
                yield self._written(start, is_quoted=True)
            elif self.text[start] == "\\":
                self.at += 2
                escaped = self.text[start + 1 : self.at]
                if escaped != "\n":
                    yield self._written(start + (escaped in {"$", "`", '"', "\\"}), is_quoted=True)
            else:
                yield self._substitution(is_quoted=True)
        self.at += 1

    def _substitution(self, *, is_quoted: bool) -> Part:
        """Return the part that begins with a dollar or a backtick."""
        start = self.at
        self.at += 1
        if self.text[start] == "`":
            self.match(_BACKTICKS)
        elif self.text.startswith("(", self.at):
            return self._skipped(start, "()", is_quoted=is_quoted)
        elif self.text.startswith("{", self.at):
            return self._braced(start, is_quoted=is_quoted)
        elif match := self.match(_NAME):
            return Part(Kind.VARIABLE, self._unknown(start).text, is_quoted, match.group())
        elif not self.match(_SPECIAL):
            return self._written(start, is_quoted=is_quoted)
        return self._unknown(start, is_quoted=is_quoted)

    def _braced(self, start: int, *, is_quoted: bool) -> Part:
        """Return ``${...}``: a variable, with its default if any, or an unknown part."""
        match = _BRACED.match(self.text, self.at)
        part = self._skipped(start, "{}", is_quoted=is_quoted)
        if match is None or not part.text.text.endswith("}"):
            return part
        has_default = match.group()[-1] in "-="
        default = self._default(match.end(), self.at - 1) if has_default else None
        return Part(Kind.VARIABLE, part.text, is_quoted, match[1], default, is_array=match[2] is not None)

    def _default(self, start: int, end: int) -> RawWord:
        if self._depth == _DEEPEST:
            return (self._unknown(start),)
        reader = WordReader(self._script.part(start, end), self._depth + 1)
        parts: list[Part] = []
        while reader.at < len(reader.text):
            here = reader.at
            parts += reader.word()
            if reader.at == here:  # space and operators are plain text within braces
                reader.at += 1
                parts.append(reader._written(here))
        return tuple(parts)

    def _array(self) -> Part:
        start = self.at
        self.at += 1
        self._is_in_array = True
        elements: list[RawWord] = []
        self.skip_space()
        while self.at < len(self.text) and self.text[self.at] != ")":
            if word := self.word():
                elements.append(word)
            else:  # the end of a line, or an operator that does not belong here
                self.at += 1
            self.skip_space()
        self.at += 1
        self._is_in_array = False
        return Part(Kind.ARRAY, self._script.part(start, min(self.at, len(self.text))), elements=tuple(elements))


def plain_text(word: RawWord) -> str:
    """Return a word written without quotes or variables, else an empty text."""
    is_plain = all(part.kind is Kind.TEXT and not part.is_quoted for part in word)
    return "".join(part.text.text for part in word) if is_plain else ""
