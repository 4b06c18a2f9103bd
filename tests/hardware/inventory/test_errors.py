"""Errors of inventories: one line that says where and what."""

from __future__ import annotations

from pathlib import Path

import pytest

from model_garden_registry.hardware.inventory.errors import InventoryError


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (InventoryError("is empty"), "is empty"),
        (InventoryError("a text, found 5", where="/nodes/0/name"), "/nodes/0/name: a text, found 5"),
        (InventoryError("an object, found 5", where=""), "the top: an object, found 5"),
        (InventoryError("no JSON", line=3, column=7), "line 3:7: no JSON"),
        (InventoryError("no node", line=3).in_file(Path("nodes.txt")), "nodes.txt:3: no node"),
        (InventoryError("a text", where="/a").in_file(Path("-")), "standard input: /a: a text"),
        (InventoryError("two\nlines\x1b[0m"), "two\\nlines\\x1b[0m"),
    ],
)
def test_an_error_is_one_line_with_its_place(error: InventoryError, said: str) -> None:
    assert str(error) == said


def test_an_error_in_a_file_keeps_its_facts() -> None:
    found = InventoryError("wrong", where="/a", line=1, column=2).in_file(Path("f"))
    assert (found.problem, found.where, found.line, found.column, found.path) == ("wrong", "/a", 1, 2, Path("f"))
