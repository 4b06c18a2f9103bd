"""Facts that are one expression each in a package's source, read from its unpacked wheel."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["READ", "Expression", "defaults", "lacking", "nested", "stated"]

#: What an expression states where it writes the value itself, in place of ``{}`` in its text.
READ = object()
#: A value that an expression writes: a number, a word, or words in brackets.
_VALUE = r"([\w.+-]+|'[^']*'|\[[^][]*\])"


class Expression(NamedTuple):
    """
    One expression of a package, and what it means.

    Args:
        fact: The name in our tables, with dots where it is inside of another.

        file: Its file, beside the folders of all packages that are unpacked.

        place: The function, class or method; empty: the whole file.

        text: What must be there, in one line, quotes and brackets as Python prints them; ``{}`` stands for the value.
            It must not depend on comments or line breaks.

        states: What is so while the text is there; READ: the value in it.

        absent: Whether the text must not be there, in any module of a folder.
    """

    fact: str
    file: str
    place: str
    text: str
    states: object = READ
    absent: bool = False


def lacking(fact: str, folder: str, word: str, states: object) -> Expression:
    """Return an expression that is a fact for as long as no module of a folder has a word."""
    return Expression(fact, folder, "", word, states, absent=True)


def defaults(fact: str, file: str, place: str, *texts: str) -> tuple[Expression, ...]:
    """
    Return an expression for each field of a class that states its default.

    Args:
        fact: The object that has them in our tables.

        texts: Each begins with the name of the field.
    """
    return tuple(Expression(f"{fact}.{text.partition(':')[0]}", file, place, text) for text in texts)


def stated(root: Path, expressions: Iterable[Expression]) -> dict[str, Any]:
    """
    Return what an unpacked package states, under the names of our tables.

    Where several expressions carry one fact, all of them must be there and state the same. Where one does not the fact
    says so, whatever our tables have.
    """
    answers: dict[str, list[tuple[str, object]]] = {}
    for expression in expressions:
        answers.setdefault(expression.fact, []).append(_asked(root, expression))
    return nested({fact: _agreed(given) for fact, given in answers.items()})


def _agreed(answers: list[tuple[str, object]]) -> object:
    """Return what all expressions of a fact state, or else what is missing, or all that they state."""
    missing = next((missing for missing, _ in answers if missing), "")
    values = [value for _, value in answers]
    return missing or (values[0] if all(value == values[0] for value in values) else f"told in two ways: {values}")


def nested(facts: Mapping[str, object]) -> dict[str, Any]:
    """Return facts whose names have dots as objects inside of objects."""
    found: dict[str, Any] = {}
    for name, value in facts.items():
        *parents, last = name.split(".")
        holder = found
        for parent in parents:
            holder = holder.setdefault(parent, {})
        holder[last] = value
    return found


def _asked(root: Path, expression: Expression) -> tuple[str, object]:
    """Return what is missing, or what the expression states."""
    if expression.absent:
        return _lacked(root / expression.file, expression), expression.states
    pattern = re.escape(expression.text).replace(re.escape("{}"), _VALUE)
    end = r"(?!\w)" if re.search(r"[\w}]$", expression.text) else ""
    match = re.search(rf"(?<!\w){pattern}{end}", _source(root / expression.file, expression.place))
    if match is None:
        return f"not found in {expression.file} {expression.place}".rstrip(), None
    return "", _value(match[1]) if expression.states is READ else expression.states


def _lacked(folder: Path, expression: Expression) -> str:
    """Return the module that has what no module should have; empty if none has."""
    modules = sorted(folder.rglob("*.py"))
    if not modules:
        return f"not found: {expression.file}"
    having = (path for path in modules if expression.text in path.read_text(encoding="utf-8"))
    return next((f"{expression.text} is in {path.relative_to(folder.parent)}" for path in having), "")


def _value(text: str) -> object:
    """Return a value that is written out; a name for what it is called."""
    try:
        return ast.literal_eval(text)
    except ValueError:
        return text.rpartition(".")[2]


@cache
def _source(file: Path, place: str) -> str:
    """Return what stands at a place, in one form of writing and one line; empty if there is no such place."""
    if not file.is_file():
        return ""
    text = file.read_text(encoding="utf-8")
    if file.suffix != ".py":
        return " ".join(text.split())
    found: list[ast.AST] = [ast.parse(text)]
    for name in filter(None, place.split(".")):
        found = [node for parent in found for node in ast.walk(parent) if getattr(node, "name", None) == name]
    return " ".join(" ".join(ast.unparse(node) for node in found).split())
