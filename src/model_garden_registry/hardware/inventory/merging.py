"""Inventories of several sources as one: what a node says of itself comes before what others say of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from model_garden_registry.hardware.gpus import NOT_ASKED, DriverState, Hardware, HostMemory
from model_garden_registry.hardware.inventory.documents import DEFAULT_POOL
from model_garden_registry.hardware.inventory.grouping import by_kind, condensed
from model_garden_registry.hardware.inventory.inventories import Inventory, InventoryNode
from model_garden_registry.hardware.inventory.node_names import expanded_names
from model_garden_registry.units import GB

#: The source of what a node said of itself.
PROBED = "probe"
#: Facts of one device that no other has.
_OF_ONE_DEVICE: dict[str, Any] = {"uuid": NOT_ASKED, "free_bytes": NOT_ASKED, "processes": NOT_ASKED}


def node_of_snapshot(name: str, hardware: Hardware, *, pool: str = DEFAULT_POOL) -> InventoryNode:
    """
    Return the node that a snapshot was taken on.

    ``CUDA_VISIBLE_DEVICES`` was that of the process which took it, and is not taken for the node's.
    """
    state = hardware.state
    if state is not DriverState.READ:
        problem = f"{state}: {hardware.problem}" if hardware.problem else str(state)
        return InventoryNode(name=name, count=1, pool=pool, hardware=None, exact=False, reason=problem[:200])
    whole = replace(hardware, cuda_visible_devices=None, cuda_device_order=None)
    return InventoryNode(name=name, count=1, pool=pool, hardware=whole, exact=True)


def snapshot_inventory(nodes: Iterable[InventoryNode], *, as_of: str | None = None) -> Inventory:
    """Return the inventory of nodes that snapshots were taken on."""
    entries = (entry for node in nodes for entry in by_kind(_alike(node)))
    return Inventory(source=PROBED, as_of=as_of, nodes=condensed(entries))


def _alike(node: InventoryNode) -> InventoryNode:
    """Return a node without what tells it from others of its kind: addresses of devices, and what runs on them now."""
    hardware = node.hardware
    if hardware is None:
        return node
    gpus = tuple(
        replace(
            gpu,
            pci_bus_id=NOT_ASKED,
            slices=tuple(replace(piece, **_OF_ONE_DEVICE) for piece in gpu.slices),
            **_OF_ONE_DEVICE,
        )
        for gpu in hardware.gpus
    )
    ram = hardware.ram
    if isinstance(ram, HostMemory):
        ram = replace(ram, total_bytes=ram.total_bytes // GB * GB)
    return replace(node, hardware=replace(hardware, source="file", gpus=gpus, ram=ram, hints=()))


def merged(inventories: Sequence[Inventory]) -> Inventory:
    """
    Return several inventories as one.

    If several know a node of the same name, what the node said of itself counts, else what is exact, else what was
    given last. Its pool is the first that is named, and a reason for taking no jobs stays. How
    jobs ask for its GPUs stays where all of them are of one kind.
    """
    found: dict[str, _Known] = {}
    for inventory in inventories:
        for name, entries in _by_name(inventory).items():
            known = _Known(_rank(inventory, entries), entries)
            found[name] = found[name].with_other(known) if name in found else known
    sources = dict.fromkeys(part.strip() for one in inventories for part in one.source.split(","))
    moments = sorted(one.as_of for one in inventories if one.as_of)
    return Inventory(
        source=", ".join(sources),
        as_of=moments[0] if moments else None,
        nodes=condensed(entry for known in found.values() for entry in known.entries),
    )


class _Known(NamedTuple):
    """What is known of one node: how good that is, and an entry for each kind of its GPUs."""

    rank: int
    entries: tuple[InventoryNode, ...]

    def with_other(self, other: _Known) -> _Known:
        better, worse = (other, self) if other.rank >= self.rank else (self, other)
        pool = next((one.pool for one in (*self.entries, *other.entries) if one.pool != DEFAULT_POOL), DEFAULT_POOL)
        reason = next((one.reason for one in worse.entries if _is_out(one)), None)
        free = [one.free_gpus for one in worse.entries] if len(worse.entries) == len(better.entries) else [None]
        offered = worse.entries[0].offered if len(worse.entries) == len(better.entries) == 1 else None
        beside = next((one.hardware for one in worse.entries if one.hardware is not None), None)
        entries = tuple(
            replace(
                one,
                hardware=_with_facts(one.hardware, beside),
                pool=pool,
                reason=one.reason or reason,
                offered=one.offered or offered,
                free_gpus=0
                if reason
                else one.free_gpus
                if one.free_gpus is not None or len(free) > 1
                else _at_most(one.hardware, free[0]),
            )
            for one in better.entries
        )
        return _Known(better.rank, entries)


def _at_most(hardware: Hardware | None, free: int | None) -> int | None:
    """Return the free GPUs that another source counts: of a node that has fewer than that, all of them."""
    if hardware is None or free is None or hardware.alternatives:
        return free
    return min(free, sum(len(gpu.slices) or 1 for gpu in hardware.gpus))


def _with_facts(hardware: Hardware | None, beside: Hardware | None) -> Hardware | None:
    """Return hardware with the RAM and the driver that only another source knows."""
    if hardware is None or beside is None:
        return hardware
    ram = hardware.ram if isinstance(hardware.ram, HostMemory) else beside.ram
    driver = beside.driver_version if hardware.driver_version is NOT_ASKED else hardware.driver_version
    return replace(hardware, ram=ram, driver_version=driver)


def _is_out(node: InventoryNode) -> bool:
    return node.hardware is not None and node.reason is not None and not node.is_ambiguous


def _rank(inventory: Inventory, entries: tuple[InventoryNode, ...]) -> int:
    if any(entry.hardware is None for entry in entries):
        return 0
    if inventory.source == PROBED:
        return 3
    return 2 if all(entry.exact for entry in entries) else 1


def _by_name(inventory: Inventory) -> dict[str, tuple[InventoryNode, ...]]:
    """Return the entries of each node by its name; nodes that a text does not name one by one stay together."""
    found: dict[str, list[InventoryNode]] = {}
    for node in inventory.nodes:
        names = _names(node)
        if len(names) != node.count:
            found.setdefault(node.name, []).append(node)
            continue
        for name in names:
            found.setdefault(name, []).append(replace(node, name=name, count=1))
    return {name: tuple(entries) for name, entries in found.items()}


def _names(node: InventoryNode) -> list[str]:
    """Return the names in the text of an entry; a single node is called as the text is."""
    if node.count == 1:
        return [node.name]
    try:
        return expanded_names(node.name, node.count)
    except ValueError:  # of more nodes than there are
        return []
