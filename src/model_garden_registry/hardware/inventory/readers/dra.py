"""
Kubernetes' ResourceSlices of NVIDIA's DRA driver: ``kubectl get resourceslices -o json`` or ``-o yaml``.

Memory is a quantity, and rounded on some clouds: 16Gi for a GPU whose driver says 15 GiB. Versions are semantic:
compute capability 7.5 is ``7.5.0``. Slices do not say how many GPUs are free: claims do.

Source: NVIDIA/k8s-dra-driver-gpu, cmd/gpu-kubelet-plugin/deviceinfo.go; Kubernetes' API resource.k8s.io v1alpha3 to v1.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from model_garden_registry.hardware.inventory.declared import (
    NO_GPUS,
    Declared,
    named_gpus,
    stated_gpus,
    table_bytes,
    unknown,
)
from model_garden_registry.hardware.inventory.documents import DEFAULT_POOL
from model_garden_registry.hardware.inventory.errors import InventoryError
from model_garden_registry.hardware.inventory.grouping import condensed
from model_garden_registry.hardware.inventory.inventories import MOST_ENTRIES, Inventory, InventoryNode
from model_garden_registry.hardware.inventory.readers.values import check_once, mapping, quantity
from model_garden_registry.hardware.nodes import Node, natural, text

_DRIVER = "gpu.nvidia.com"
#: NVIDIA's driver for channels between nodes: its devices are no GPUs.
_NO_GPUS = "compute-domain.nvidia.com"
_VERSION = re.compile(r"([0-9]{1,3})\.([0-9]{1,3})(?:\.[0-9]+.*)?")
#: A statement that is so much above the table's memory is that memory, rounded up.
_ROUNDED = 1.1
#: Taints on which no pod gets the device.
_EFFECTS = ("NoSchedule", "NoExecute")


class _Device(NamedTuple):
    kind: str
    product: str
    memory: int | None
    capability: tuple[int, int] | None
    driver: str | None
    counters: frozenset[str]
    uuid: str | None
    parent: str | None

    @property
    def facts(self) -> _Device:
        """The device without what tells it from others of its kind."""
        return self._replace(counters=frozenset(), uuid=None, parent=None)


class _Slice(NamedTuple):
    node: str
    pool: str
    driver: str
    generation: int
    parts: int
    devices: Node


def dra_inventory(captured: object) -> Inventory:
    """
    Return the inventory of ResourceSlices, from plain values: one, a list of kubectl, or several.

    Raises:
        InventoryError: There is no ResourceSlice in it.

        HardwareFileError: A value is of the wrong kind.
    """
    items = list(_items(Node(captured, "")))
    check_once((name for item in items if (name := item.member("metadata").optional("name", text))), "ResourceSlice")
    slices = [_slice(item) for item in items]
    if not slices:
        raise InventoryError("there is no item of kind ResourceSlice; use kubectl get resourceslices -o json", where="")
    pools: dict[tuple[str, str, str], list[_Slice]] = {}
    for one in slices:
        if one.driver != _NO_GPUS:
            pools.setdefault((one.driver, one.pool, one.node), []).append(one)
    nodes = (entry for parts in pools.values() for entry in _entries(parts))
    return Inventory(source="dra", as_of=None, nodes=condensed(nodes))


def _items(root: Node) -> Iterator[Node]:
    if isinstance(root.value, list):
        each: Iterable[Node] = root.members(MOST_ENTRIES)
    else:
        root.require_object()
        each = root.required("items").members(MOST_ENTRIES) if "items" in root.value else [root]
    for item in each:
        item.require_object()
        if item.value.get("kind", "ResourceSlice") == "ResourceSlice":
            yield item


def _slice(item: Node) -> _Slice:
    spec = item.required("spec")
    pool = spec.required("pool")
    name = text(pool.required("name"))
    return _Slice(
        node=spec.optional("nodeName", text) or name,
        pool=name,
        driver=text(spec.required("driver")),
        generation=pool.optional("generation", natural) or 0,
        parts=pool.optional("resourceSliceCount", natural) or 1,
        devices=spec.member("devices"),
    )


def _entries(parts: list[_Slice]) -> Iterator[InventoryNode]:
    """Yield an entry for each kind of device of a node; only slices of the newest generation count."""
    newest = max(part.generation for part in parts)
    parts = [part for part in parts if part.generation == newest]
    first = parts[0]
    for declared in _kinds(parts):
        yield InventoryNode(
            name=first.node,
            count=1,
            pool=DEFAULT_POOL if first.pool == first.node else first.pool,
            hardware=declared.hardware,
            exact=declared.exact,
            reason=declared.reason,
        )


def _kinds(parts: list[_Slice]) -> list[Declared]:
    first = parts[0]
    if first.driver != _DRIVER:
        return [unknown(f"only NVIDIA GPUs are judged, and its driver is {first.driver}")]
    if len(parts) < first.parts:
        return [unknown(f"{len(parts)} of its {first.parts} ResourceSlices are there")]
    devices = [device for part in parts for device in _devices(part.devices)]
    # Some releases of the driver offer a GPU that is cut into slices also as a whole.
    parents = {device.parent for device in devices if device.kind == "mig" and not device.counters}
    devices = [device for device in devices if device.kind == "mig" or device.uuid not in parents - {None}]
    whole = {counter for device in devices if device.kind == "gpu" for counter in device.counters}
    counted = [device for device in devices if device.kind == "gpu" or not device.counters & whole]
    shared = Counter(counter for device in counted for counter in device.counters)
    if any(number > 1 for number in shared.values()):
        return [unknown("its devices are partitions that exclude each other, without the whole GPU among them")]
    kinds = Counter(device.facts for device in counted)
    return [_declared(device, count) for device, count in kinds.items()] or [NO_GPUS]


def _devices(node: Node) -> Iterator[_Device]:
    """Yield the GPUs and MIG slices that a pod can get."""
    for item in node.members(MOST_ENTRIES) if node.value is not None else ():
        item.require_object()
        device = item.member("basic") if "basic" in item.value else item
        if any(taint.member("effect").value in _EFFECTS for taint in device.items("taints")):
            continue
        facts = _Facts(mapping(device.member("attributes")))
        kind = facts.text("type") or "gpu"
        if kind not in ("gpu", "mig"):
            continue
        product = facts.text("productName") or ""
        profile = facts.text("profile") if kind == "mig" else None
        yield _Device(
            kind=kind,
            product=f"{product} MIG {profile}" if profile else product,
            memory=_memory(mapping(device.member("capacity"))),
            capability=_version(facts.text("cudaComputeCapability")),
            driver=facts.text("driverVersion"),
            counters=frozenset(text(one.required("counterSet")) for one in device.items("consumesCounters")),
            uuid=facts.text("uuid"),
            parent=facts.text("parentUUID"),
        )


class _Facts:
    """Attributes of a device, with or without the driver's domain: each is an object with one typed value."""

    def __init__(self, attributes: Mapping[str, Any]) -> None:
        self._values = {key.rpartition("/")[2]: value for key, value in attributes.items()}

    def text(self, name: str) -> str | None:
        value = self._values.get(name)
        found = next(iter(value.values()), None) if isinstance(value, dict) else value
        return found if isinstance(found, str) and found else None


def _memory(capacity: Mapping[str, Any]) -> int | None:
    """Return the memory in bytes: a quantity, alone in v1alpha3, under ``value`` since."""
    found = next((value for key, value in capacity.items() if key.rpartition("/")[2] == "memory"), None)
    return quantity(found.get("value") if isinstance(found, dict) else found)


def _version(written: str | None) -> tuple[int, int] | None:
    match = _VERSION.fullmatch(written or "")
    return (int(match[1]), int(match[2])) if match else None


def _declared(device: _Device, count: int) -> Declared:
    if not device.product:
        return unknown("its ResourceSlice has no productName")
    if not device.memory:
        return named_gpus(device.product, count)
    known = table_bytes(device.product)
    if known and known < device.memory <= known * _ROUNDED:
        return named_gpus(device.product, count)
    return stated_gpus(
        device.product,
        count,
        total_bytes=device.memory,
        capability=device.capability,
        driver_version=device.driver,
    )
