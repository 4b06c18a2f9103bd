"""Commands are data."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from model_garden_registry.dialects.items import Item
from model_garden_registry.dialects.texts.command import Command, Word


def test_a_command_does_not_change() -> None:
    """Neither it nor what it is made of."""
    word = Word("--seed", is_known=True, line=1, column=12)
    command = Command("vllm", "serve", (word,), (Item("A", "b", 1, 1),), 1, 1)

    for value, name in ((command, "tool"), (word, "text"), (command.environment[0], "value")):
        with pytest.raises(FrozenInstanceError):
            setattr(value, name, "")
    assert command.launcher is None
