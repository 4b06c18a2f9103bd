"""Calls of an exported program, evaluated without running it; for the scripts beside this one."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["Call", "calls"]


class Call(NamedTuple):
    """
    One call.

    Args:
        name: What is called: ``SFTConfig``, ``FastModel.from_pretrained``.

        arguments: Arguments by name; one that is not a plain value as its source text.

        positional: Number of positional arguments.
    """

    name: str
    arguments: Mapping[str, Any]
    positional: int


def calls(path: Path) -> Iterator[Call]:
    """
    Compile a program, and yield its calls.

    Raises:
        SyntaxError: It is none.
    """
    text = path.read_text(encoding="utf-8")
    compile(text, path.name, "exec")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            arguments = {str(word.arg): _value(word.value) for word in node.keywords}
            yield Call(ast.unparse(node.func), arguments, len(node.args))


def _value(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except ValueError:
        return ast.unparse(node)
