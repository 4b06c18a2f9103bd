"""Values of a document know their place; that they are refused by it is specified with the snapshots."""

from __future__ import annotations

from model_garden_registry.hardware.nodes import Node, natural


def test_a_place_is_a_pointer_from_the_root() -> None:
    """Keys and positions, down to the value."""
    root = Node({"gpus": [{"index": 7}]}, "")

    (index,) = (item.member("index") for item in root.items("gpus"))

    assert (index.where, natural(index)) == ("/gpus/0/index", 7)


def test_what_is_below_null_is_null() -> None:
    """So that optional objects need no question of their own."""
    assert Node(None, "/environment").member("x") == Node(None, "/environment/x")
