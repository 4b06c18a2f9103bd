"""Tables of facts."""

from __future__ import annotations

import json

import pytest

from model_garden_registry.bundled import bundled_table
from model_garden_registry.families.tables import table


@pytest.mark.parametrize("name", ["families", "stacks", "engines"])
def test_a_table_is_the_shipped_file(name: str) -> None:
    """As plain values."""
    assert table(name) == json.loads(bundled_table(name).read_text("utf-8"))


def test_a_table_is_read_once() -> None:
    """Whoever asks."""
    assert table("families") is table("families")
