"""Nodes of an inventory that are judged alike: with equal free GPUs or MIG slices, beside as much RAM."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

from model_garden_registry.checks.hardware.devices import MOST_BYTES
from model_garden_registry.checks.hardware.machine import Machine
from model_garden_registry.checks.hardware.need import memory_of
from model_garden_registry.hardware.gpus import NOT_ASKED, Device, Fact, Gpu, Hardware, HostMemory, Slice
from model_garden_registry.hardware.inventory.errors import InventoryError
from model_garden_registry.hardware.inventory.inventories import Inventory, InventoryNode
from model_garden_registry.hardware.inventory.offers import Offer
from model_garden_registry.hardware.visible_devices import visible_devices
from model_garden_registry.units import GB

#: Each is judged for every model. A large cluster has dozens.
MOST_KINDS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """
    Nodes of one entry of an inventory, with their devices of one kind.

    Args:
        name: The name of the entry.

        count: How many nodes.

        devices: How many devices of the kind each of them has, in use or not.
    """

    name: str
    count: int
    devices: int


@dataclass(frozen=True, eq=False, kw_only=True)
class Kind:
    """
    What nodes have that are alike, as far as a verdict on them goes; each kind is only equal to itself.

    Args:
        hardware: The devices that can be used, without the facts in which equal ones differ; of MIG slices the first
            alone, because a process sees one.

        free: How many devices of a node can be used; 0: all are in use.
    """

    hardware: Hardware
    free: int
    _machines: dict[int, Machine] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def device(self) -> Device:
        """One of the devices."""
        gpu = self.hardware.gpus[0]
        return gpu.slices[0] if gpu.slices else gpu

    @property
    def name(self) -> str:
        """The name of the devices."""
        name = self.device.name
        return name if isinstance(name, str) else "GPU without a name"

    @property
    def is_sliced(self) -> bool:
        """Whether the devices are MIG slices."""
        return isinstance(self.device, Slice)

    @property
    def device_bytes(self) -> int:
        """Memory of a device; 0 if unknown, or impossible."""
        size = int(memory_of(self.device) or 0)
        return size if 0 < size <= MOST_BYTES else 0

    def machine(self, devices: int) -> Machine:
        """Return a machine with this many of the devices, for a verdict; a MIG slice is alone."""
        found = self._machines.get(devices)
        if found is None:
            hardware = self.hardware if self.is_sliced else replace(self.hardware, gpus=self.hardware.gpus[:devices])
            found = self._machines[devices] = Machine(hardware, visible_devices(hardware))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Nodes:
    """
    The nodes of one kind in one pool, whose devices a job asks for in the same words.

    Args:
        offered: These words; None if they are not known.

        lines: The entries of the inventory in which they are.
    """

    kind: Kind
    pool: str
    offered: Offer | None = None
    lines: tuple[Line, ...]

    @property
    def count(self) -> int:
        """How many nodes."""
        return sum(line.count for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """
    Nodes on which nothing is placed.

    Args:
        name: The name of their entry.

        reason: Why, as half a sentence.
    """

    pool: str
    name: str
    count: int
    reason: str


def nodes_of(inventory: Inventory, *, ram_gb: Iterable[float] = ()) -> tuple[tuple[Nodes, ...], tuple[LeftOut, ...]]:
    """
    Return the nodes of an inventory by kind and pool, those with the smallest devices first, and nodes of no use.

    Only free GPUs are used, where the inventory says how many those are. Which of them are free it does not say: of a
    node with several kinds of GPUs, as many of a kind are used as are free in any case. ``CUDA_VISIBLE_DEVICES`` of a
    node is ignored: it is that of the process that read the node.

    Args:
        ram_gb: The amounts of RAM that make a difference: nodes between two of them are alike.

    Raises:
        InventoryError: More nodes differ from each other than in any real cluster.
    """
    steps = tuple(sorted(set(ram_gb)))
    lines: dict[tuple[_Key, str, Offer | None], list[Line]] = {}
    rams: dict[_Key, Fact[HostMemory] | None] = {}
    known: dict[tuple[Hardware, int | None], tuple[_Part, ...]] = {}
    left_out: list[LeftOut] = []
    for node in inventory.nodes:
        if node.hardware is None or not node.is_placeable:
            left_out.append(_left_out(node, node.reason or "the memory of its GPUs is not known"))
            continue
        asked = (node.hardware, node.free_gpus)
        if asked not in known:
            known[asked] = _parts(*asked, steps)
        if not known[asked]:
            left_out.append(_left_out(node, "it has no GPU that answers"))
        for part in known[asked]:
            line = Line(name=node.name, count=node.count, devices=part.there)
            lines.setdefault((part.key, node.pool, node.offered), []).append(line)
            rams[part.key] = _smaller(rams.get(part.key, node.hardware.ram), node.hardware.ram)
    if len(lines) > MOST_KINDS:
        problem = f"its nodes are of {len(lines):,} kinds, with other pools, GPUs, free GPUs or RAM"
        raise InventoryError(f"{problem}; models are placed on {MOST_KINDS:,} at most")
    kinds = {key: Kind(hardware=replace(key.hardware, ram=ram), free=key.free) for key, ram in rams.items()}
    found = (
        Nodes(
            kind=kinds[key],
            pool=pool,
            offered=offered,
            lines=tuple(sorted(each, key=lambda line: (line.name, line.devices))),
        )
        for (key, pool, offered), each in lines.items()
    )
    return tuple(sorted(found, key=_order)), tuple(left_out)


class _Key(NamedTuple):
    """What makes nodes alike: hardware with RAM rounded down, and how many of its devices can be used."""

    hardware: Hardware
    free: int


class _Part(NamedTuple):
    """The devices of one kind of a node."""

    key: _Key
    there: int


def _left_out(node: InventoryNode, reason: str) -> LeftOut:
    return LeftOut(pool=node.pool, name=node.name, count=node.count, reason=reason)


def _order(nodes: Nodes) -> tuple[object, ...]:
    kind, line = nodes.kind, nodes.lines[0]
    return (kind.device_bytes, kind.free, kind.name, nodes.pool, line.name, line.devices, str(nodes.offered))


def _parts(hardware: Hardware, free_gpus: int | None, steps: tuple[float, ...]) -> tuple[_Part, ...]:
    """Return the devices of a node by kind."""
    groups: dict[object, list[Device]] = {}
    for gpu in hardware.gpus:
        if gpu.problem is None:
            is_sliced = gpu.mig_enabled is True or bool(gpu.slices)
            for device in gpu.slices if is_sliced else (gpu,):
                groups.setdefault(_traits(device), []).append(device)
    there = sum(map(len, groups.values()))
    busy = 0 if free_gpus is None else max(there - free_gpus, 0)
    ram = _rounded(hardware, steps)
    found = []
    for devices in groups.values():
        free = max(len(devices) - busy, 0)
        gpus = _gpus(devices[: max(free, 1)])
        alike = Hardware(source=hardware.source, state=hardware.state, gpus=gpus, ram=ram)
        found.append(_Part(_Key(alike, free), len(devices)))
    return tuple(found)


def _gpus(devices: Sequence[Device]) -> tuple[Gpu, ...]:
    """Return devices without the facts in which equal ones differ; of MIG slices the first."""
    first = devices[0]
    if isinstance(first, Slice):
        alone = replace(first, uuid=NOT_ASKED, free_bytes=NOT_ASKED, processes=NOT_ASKED, gpu_index=0, index=0)
        return (Gpu(index=0, name=first.name, mig_enabled=True, slices=(alone,)),)
    return tuple(_plain_gpu(first, index) for index in range(len(devices)))


def _traits(device: Device) -> object:
    known = (device.name, device.total_bytes, device.compute_capability, device.is_integrated)
    return (*known, device.profile) if isinstance(device, Slice) else known


def _plain_gpu(device: Device, index: int) -> Gpu:
    return Gpu(
        index=index,
        name=device.name,
        total_bytes=device.total_bytes,
        compute_capability=device.compute_capability,
        is_integrated=device.is_integrated,
    )


def _rounded(hardware: Hardware, steps: tuple[float, ...]) -> Fact[HostMemory] | None:
    """Return the RAM of a node, rounded down to an amount that makes a difference, except where GPUs share it."""
    ram = hardware.ram
    if not isinstance(ram, HostMemory) or any(gpu.is_integrated for gpu in hardware.gpus):
        return ram
    enough = [step for step in steps if ram.total_bytes >= step * GB]
    return replace(ram, total_bytes=round(enough[-1] * GB) if enough else 0)


def _smaller(one: Fact[HostMemory] | None, other: Fact[HostMemory] | None) -> Fact[HostMemory] | None:
    """Return the smaller RAM of two nodes that are alike."""
    if isinstance(one, HostMemory) and isinstance(other, HostMemory):
        return min(one, other, key=lambda ram: ram.total_bytes)
    return one
