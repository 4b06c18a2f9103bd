"""One key of another tool's file."""

from __future__ import annotations

from model_garden_registry.dialects.items import Item, UnknownValue


def test_a_value_that_is_not_in_the_file_says_what_stands_there() -> None:
    """A variable of a shell is shown as it is written."""
    item = Item("model", UnknownValue("$MODEL"), 3, 7)

    assert str(item.value) == "$MODEL"
