"""Plain values as Python source text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

#: Indentation of the arguments of a call.
_INDENT = "    "


class Code(NamedTuple):
    """
    Source text in place of a value: a name, or a call.

    Args:
        text: Our own text, never from outside.
    """

    text: str


def literal(value: Any) -> str:
    """
    Return a plain value as Python source, whatever characters a text has.

    Args:
        value: Text, number, boolean, None, or a list or dict of these; ``Code`` stays as it is.
    """
    if isinstance(value, Code):
        return value.text
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{literal(key)}: {literal(inner)}' for key, inner in value.items())}}}"
    return ascii(value)


def call(name: str, arguments: Mapping[str, Any]) -> Code:
    """Return a call with named arguments, one a line; a ``Code`` of several lines is indented."""
    lines = [f"{key}={literal(value)},\n".replace("\n", f"\n{_INDENT}") for key, value in arguments.items()]
    return Code(f"{name}(\n{_INDENT}{''.join(lines).removesuffix(_INDENT)})" if lines else f"{name}()")
