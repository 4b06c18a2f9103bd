"""`mgr categories`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Ask = Callable[..., Any]
Write = Callable[..., Path]


def test_categories_are_listed_with_their_models_counted(mgr: Ask, registry: Write) -> None:
    """Key, name, count and description, in the file's order."""
    registry({"id": "org/one"}, {"id": "org/two"})

    assert mgr("categories").out == (
        "Categories\n\n  text-llm    Text    2 models  Read and write.\n  vision-vlm  Vision  0 models  See.\n"
    )


def test_json_has_the_categories_by_key_and_its_format(mgr: Ask, registry: Write) -> None:
    """As they stand in the file; what a category does not state is left out."""
    registry()

    assert json.loads(mgr("categories", "--json").out) == {
        "format": "mgr.categories/1",
        "categories": {
            "text-llm": {"name": "Text", "description": "Read and write.", "icon": "🎨"},
            "vision-vlm": {"name": "Vision", "description": "See."},
        },
    }


def test_a_category_called_format_is_not_lost(mgr: Ask, registry: Write) -> None:
    """Keys of the registry stand in an object of their own."""
    odd = {"name": "Odd", "description": "A key like any other."}
    registry(categories={"format": odd})

    assert json.loads(mgr("categories", "--json").out)["categories"] == {"format": odd}


def test_json_stays_json_where_the_encoding_knows_no_such_character(mgr_process: Ask, registry: Write) -> None:
    """Characters that stdout cannot take are written as JSON escapes."""
    registry()

    answer = mgr_process("categories", "--json", env={"PYTHONIOENCODING": "ascii"})

    assert answer.out.isascii()
    assert json.loads(answer.out)["categories"]["text-llm"]["icon"] == "🎨"
