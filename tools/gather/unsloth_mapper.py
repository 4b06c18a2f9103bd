"""Which repositories Unsloth takes for the same model: its mirror, the original, and quantised copies."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from tools.gather.trees import Tree, matching

ADDRESS = "https://github.com/unslothai/unsloth"
_TABLE = "__INT_TO_FLOAT_MAPPER"


def facts(tree: Tree) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return each id with the original that it has the weights of, and how it is stored."""
    for _, text in matching(tree, r"unsloth/models/mapper\.py"):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Assign) and any(getattr(name, "id", "") == _TABLE for name in node.targets):
                yield from _of_table(ast.literal_eval(node.value))


def _of_table(table: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """
    Read the table: a key is a 4-bit copy, its value the 16-bit names and, last, an older 4-bit copy.

    A value that is a mapping names FP8 copies beside them.
    """
    for key, value in table.items():
        by_width = value if isinstance(value, dict) else {"16": value}
        names = [key, *by_width["16"]]
        whole = [name for name in names if not _is_packed(name)]
        if not whole:
            continue
        original = next((name for name in reversed(whole) if not name.startswith("unsloth/")), whole[-1])
        yield original, {}
        yield from ((mirror, {"mirror_of": original}) for mirror in whole if mirror != original)
        for copy in filter(_is_packed, names):
            stored = "dynamic 4bit" if copy.endswith("-unsloth-bnb-4bit") else "4bit"
            yield copy, {"copy_of": original, "format": stored}
        yield from ((copy, {"copy_of": original, "format": "fp8"}) for copy in by_width.get("8", ()) if copy)


def _is_packed(name: str) -> bool:
    return name.endswith("-bnb-4bit")
