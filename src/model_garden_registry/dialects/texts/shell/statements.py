"""From a shell script to statements of words. Nothing is run or looked up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from model_garden_registry.dialects.texts.placed import Placed
from model_garden_registry.dialects.texts.shell.words import RawWord, WordReader, plain_text


@dataclass(frozen=True, slots=True)
class Statement:
    """
    A simple command.

    Args:
        words: Its words, redirections left out.

        depth: Number of blocks (``if``, loops, functions, subshells) around it.
    """

    words: tuple[RawWord, ...]
    depth: int


_REDIRECTION = re.compile(r"&>>?|\d*(?:<<<|<<-?|<>|<&|>>|>\||>&|<(?!\()|>(?!\())")
_OPERATOR = re.compile(r"&&|\|\||\|&|;;&|;;|;&|[;&|()\n]")
_OPENING = frozenset({"if", "while", "until", "for", "case", "select", "{"})
_CLOSING = frozenset({"fi", "done", "esac", "}"})
#: Words that come before a command. `for x in a b` and `case x in` stay as they are: they name a variable.
_BEFORE = frozenset({"if", "while", "until", "then", "do", "else", "elif", "!", "time", "{"})


def read_statements(script: Placed) -> Iterator[Statement]:
    """Yield the simple commands of a script, in order, also those in blocks."""
    # What an earlier reader could not resolve is still in the text, and is found again.
    return _StatementReader(Placed(script.text, script.offsets)).statements()


class _StatementReader(WordReader):
    def __init__(self, script: Placed) -> None:
        super().__init__(script)
        self._blocks: list[str] = []
        self._documents: list[str] = []

    def statements(self) -> Iterator[Statement]:
        words: list[RawWord] = []
        while self.at < len(self.text):
            self.skip_space()
            if self._redirected():
                continue
            if match := self.match(_OPERATOR):
                yield from self._ended(words)
                words = []
                self._enter(match.group())
            elif word := self.word():
                words.append(word)
        yield from self._ended(words)

    def _ended(self, words: list[RawWord]) -> Iterator[Statement]:
        start = 0
        while start < len(words):
            word = plain_text(words[start])
            if word in _OPENING:
                self._blocks.append(word)
            elif word in _CLOSING and self._blocks and self._blocks[-1] != "(":
                self._blocks.pop()
            if word not in _BEFORE:
                break
            start += 1
        if start < len(words):
            yield Statement(tuple(words[start:]), len(self._blocks))

    def _enter(self, operator: str) -> None:
        if operator == "(":
            self._blocks.append(operator)
        elif operator == ")" and self._blocks and self._blocks[-1] == "(":
            self._blocks.pop()
        elif operator == "\n":
            self._skip_documents()

    def _redirected(self) -> bool:
        """Skip a redirection and its target."""
        match = self.match(_REDIRECTION)
        if match is None:
            return False
        self.skip_space()
        target = self.word()
        if match.group().lstrip("0123456789") in {"<<", "<<-"}:
            self._documents.append("".join(part.text.text for part in target))
        return True

    def _skip_documents(self) -> None:
        """Skip the lines of here-documents: they are data of some program."""
        line_end = self.at - 1
        for delimiter in self._documents:
            end = re.compile(rf"\n\t*{re.escape(delimiter)}(?=\n|$)").search(self.text, line_end)
            self.at = line_end = end.end() if end else len(self.text)
        self._documents.clear()
