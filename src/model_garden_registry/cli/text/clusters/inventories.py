"""The nodes of an inventory as a table, by pool."""

from __future__ import annotations

from collections.abc import Sequence

from model_garden_registry.cli.output import Screen
from model_garden_registry.cli.text.table import Column, rows_text
from model_garden_registry.cli.text.wording import count, folded, painted
from model_garden_registry.hardware.gpus import Device, Gpu, Hardware, Slice
from model_garden_registry.hardware.inventory.inventories import Inventory, InventoryNode
from model_garden_registry.units import GB
from model_garden_registry.visible_text import visible

#: A longer name of many nodes is cut.
_LONGEST_NAME = 60
#: Of a name that means more GPUs the first is shown; the reason below it has all.
_MOST_MEANINGS = 2


def inventory_text(inventory: Inventory, screen: Screen) -> str:
    """Return an inventory as a table, with what is known of all of it above."""
    when = f", as of {inventory.as_of}" if inventory.as_of else ""
    title = visible(f"{_total(inventory.nodes)} in {count(len(inventory.pools()), 'pool')}: {inventory.source}{when}")
    head = [painted(line, "bold", has_colour=screen.has_colour) for line in folded(title, screen)]
    nodes = [node for pool in inventory.pools().values() for node in pool]
    if not nodes:
        return "\n".join(head)
    return "\n".join([*head, rows_text(_columns(nodes), screen, below=_remarks(nodes), above=_headings(inventory))])


def _total(nodes: Sequence[InventoryNode]) -> str:
    """Return the number of nodes and of GPUs; of a node with several kinds of GPUs, each kind is an entry."""
    names = {node.name: node.count for node in nodes}
    gpus = sum(node.count * (len(_devices(node.hardware)) if node.hardware else 0) for node in nodes)
    are_cut = any(isinstance(one, Slice) for node in nodes if node.hardware for one in _devices(node.hardware))
    what = f"{gpus} GPUs and MIG slices" if are_cut else count(gpus, "GPU")
    return f"{count(sum(names.values()), 'node')} with {what}"


def _headings(inventory: Inventory) -> dict[int, str]:
    headings, row = {}, 0
    for pool, nodes in inventory.pools().items():
        headings[row] = visible(f"{pool}: {_total(nodes)}")
        row += len(nodes)
    return headings


def _columns(nodes: Sequence[InventoryNode]) -> list[Column]:
    return [
        Column("NODE", [_name(node) for node in nodes], is_id=True),
        Column("NODES", [str(node.count) for node in nodes], to_right=True),
        Column("GPUS OF EACH", [_gpus(node.hardware) for node in nodes]),
        Column("GB", [_sizes(node.hardware) for node in nodes], to_right=True),
        Column("FREE", [_free(node) for node in nodes], to_right=True),
        Column("GB FROM", [_stated(node) for node in nodes]),
    ]


def _name(node: InventoryNode) -> str:
    shown = visible(node.name)
    return shown if len(shown) <= _LONGEST_NAME else f"{shown[: _LONGEST_NAME - 1]}…"


def _gpus(hardware: Hardware | None) -> str:
    if hardware is None:
        return "?"
    each = [*dict.fromkeys(_kind(gpus) for gpus in hardware.alternatives or (hardware.gpus,))]
    shown = each if len(each) <= _MOST_MEANINGS else [each[0], f"{len(each) - 1} others"]
    return visible(" or ".join(shown))


def _kind(gpus: Sequence[Gpu]) -> str:
    """Return the kinds of devices with their numbers: ``8x H100 80GB``."""
    names = [str(device.name) if isinstance(device.name, str) else "GPU" for device in _those(gpus)]
    return ", ".join(f"{names.count(name)}x {name}" for name in dict.fromkeys(names)) or "none"


def _sizes(hardware: Hardware | None) -> str:
    meanings = () if hardware is None else hardware.alternatives or (hardware.gpus,)
    sizes = {device.total_bytes for gpus in meanings for device in _those(gpus)}
    known = sorted(size for size in sizes if isinstance(size, int))
    texts = [*dict.fromkeys(f"{size / GB:.1f}" for size in known)]
    if len(known) < len(sizes):
        return "?"
    return " or ".join(texts) if len(texts) <= _MOST_MEANINGS else f"{texts[0]} to {texts[-1]}"


def _stated(node: InventoryNode) -> str:
    if node.hardware is None or not _devices(node.hardware):
        return ""
    return "node" if node.exact else "table"


def _free(node: InventoryNode) -> str:
    """Return the free GPUs of all nodes of an entry."""
    if node.free_gpus is None:
        return "?"
    there = len(_devices(node.hardware)) if node.hardware else 0
    free = node.free_gpus * node.count
    return f"{free} of {there * node.count}" if there else str(free)


def _devices(hardware: Hardware) -> list[Device]:
    """Return the whole GPUs and slices of a node; of a name that means several GPUs, those of the first."""
    return _those(hardware.gpus or next(iter(hardware.alternatives), ()))


def _those(gpus: Sequence[Gpu]) -> list[Device]:
    return [device for gpu in gpus for device in (gpu.slices or (gpu,))]


def _remarks(nodes: Sequence[InventoryNode]) -> list[str]:
    return [visible(node.reason or "") for node in nodes]
