"""Inventories made up for tests: pools of GPUs that are named."""

from __future__ import annotations

from model_garden_registry import known_gpu
from model_garden_registry.hardware.inventory.inventories import Inventory, InventoryNode
from model_garden_registry.hardware.inventory.offers import Offer


def nodes(
    gpus: str,
    *,
    count: int = 1,
    pool: str | None = None,
    name: str | None = None,
    free: int | None = None,
    offered: Offer | None = None,
) -> InventoryNode:
    """Return equal nodes with GPUs such as ``8x H100 SXM``; pool and name are the GPUs if not given."""
    pool = pool or gpus
    return InventoryNode(
        name=name or f"{pool}-[1-{count}]",
        count=count,
        pool=pool,
        hardware=known_gpu(gpus),
        exact=False,
        free_gpus=free,
        offered=offered,
    )


def unknown(reason: str | None, *, name: str = "odd") -> InventoryNode:
    """Return a node whose GPUs are not known."""
    return InventoryNode(name=name, count=2, pool="odd", hardware=None, exact=False, reason=reason)


def inventory(*entries: InventoryNode) -> Inventory:
    """Return an inventory of these nodes."""
    return Inventory(source="slurm", as_of="2026-11-23T00:00:00Z", nodes=entries)
