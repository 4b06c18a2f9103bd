"""Nodes and pools as values."""

from __future__ import annotations

import pytest

from model_garden_registry.hardware.gpus import Hardware
from model_garden_registry.hardware.inventory.inventories import Inventory, InventoryNode
from model_garden_registry.hardware.known_gpus import known_gpu

L4, A100 = known_gpu("L4:2"), known_gpu("A100")


def node(hardware: Hardware | None = L4, *, pool: str = "gpu", reason: str | None = None) -> InventoryNode:
    return InventoryNode(name="a", count=1, pool=pool, hardware=hardware, exact=False, reason=reason)


def test_pools_are_in_the_order_in_which_they_appear() -> None:
    first, second, third = node(pool="b"), node(pool="a"), node(A100, pool="b")
    pools = Inventory(source="file", as_of=None, nodes=(first, second, third)).pools()
    assert list(pools.items()) == [("b", (first, third)), ("a", (second,))]


@pytest.mark.parametrize(
    ("of", "ambiguous", "judged", "placeable"),
    [
        (node(), False, True, True),
        (node(reason="drained"), False, False, False),
        (node(A100, reason="the name means several GPUs"), True, True, False),
        (node(A100), True, True, False),
        (node(None, reason="no GPU type"), False, False, False),
    ],
)
def test_whether_models_are_judged_and_jobs_placed_on_a_node(
    of: InventoryNode, *, ambiguous: bool, judged: bool, placeable: bool
) -> None:
    assert (of.is_ambiguous, of.is_judged, of.is_placeable) == (ambiguous, judged, placeable)
