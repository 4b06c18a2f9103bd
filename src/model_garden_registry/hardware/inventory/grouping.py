"""Nodes as a cluster lists them, one by one, to an inventory that has identical ones once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from model_garden_registry.hardware.gpus import Gpu, Hardware
from model_garden_registry.hardware.inventory.inventories import InventoryNode
from model_garden_registry.hardware.inventory.node_names import joined_names

#: Names of many nodes that follow no pattern are divided among entries, so that no text is endless.
_LONGEST_NAME = 8_000


def condensed(nodes: Iterable[InventoryNode]) -> tuple[InventoryNode, ...]:
    """
    Return nodes with identical ones as one entry, in the order in which they appear.

    Two are identical if they differ in nothing but name and count. Equal hardware becomes one object.
    """
    listed = list(nodes)  # kept while its parts are known by their identity
    shared: dict[Hardware | None, Hardware | None] = {}
    by_identity: dict[int, Hardware | None] = {}  # a node's hardware is large: it is compared once
    groups: dict[object, list[InventoryNode]] = {}
    for node in listed:
        hardware = node.hardware
        if id(hardware) not in by_identity:
            by_identity[id(hardware)] = shared.setdefault(hardware, hardware)
        alike = by_identity[id(hardware)]
        key = (node.pool, id(alike), node.exact, node.reason, node.free_gpus, node.offered)
        groups.setdefault(key, []).append(replace(node, hardware=alike) if alike is not hardware else node)
    return tuple(entry for group in groups.values() for entry in _entries(group))


def _entries(group: Sequence[InventoryNode]) -> Iterator[InventoryNode]:
    name = joined_names(node.name for node in group)
    if len(name) > _LONGEST_NAME and len(group) > 1:
        half = len(group) // 2
        yield from _entries(group[:half])
        yield from _entries(group[half:])
    else:
        yield replace(group[0], name=name, count=sum(node.count for node in group))


def by_kind(node: InventoryNode) -> tuple[InventoryNode, ...]:
    """Return a node as one entry for each kind of its GPUs, or of their slices: a job takes GPUs of one kind."""
    hardware = node.hardware
    if hardware is None or hardware.alternatives:
        return (node,)
    kinds: dict[object, list[Gpu]] = {}
    for gpu in hardware.gpus:
        for kind, piece in _kinds(gpu):
            kinds.setdefault(kind, []).append(piece)
    if len(kinds) < 2:
        return (node,)
    return tuple(replace(node, hardware=replace(hardware, gpus=tuple(gpus)), free_gpus=None) for gpus in kinds.values())


def _kinds(gpu: Gpu) -> Iterator[tuple[object, Gpu]]:
    """Yield each kind of slice of a GPU with the GPU as far as it is cut so; a whole GPU is one kind."""
    if not gpu.slices:
        yield (gpu.name, gpu.total_bytes, gpu.compute_capability, gpu.mig_enabled, gpu.problem), gpu
        return
    for kind in dict.fromkeys((piece.profile, piece.total_bytes) for piece in gpu.slices):
        slices = tuple(piece for piece in gpu.slices if (piece.profile, piece.total_bytes) == kind)
        yield (gpu.name, *kind), replace(gpu, slices=slices)
