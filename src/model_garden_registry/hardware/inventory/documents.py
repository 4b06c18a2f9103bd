"""Inventories to a document, and back: ``mgr.inventory/1``."""

from __future__ import annotations

import re
from typing import Any, TypeAlias

from model_garden_registry.errors import HardwareFileError, UnknownGpuError
from model_garden_registry.hardware.gpus import Hardware
from model_garden_registry.hardware.inventory.errors import InventoryError
from model_garden_registry.hardware.inventory.inventories import (
    MOST_ENTRIES,
    MOST_NODES,
    Inventory,
    InventoryNode,
)
from model_garden_registry.hardware.inventory.offers import Offer
from model_garden_registry.hardware.known_gpus import known_gpu
from model_garden_registry.hardware.nodes import Node, boolean, natural, text
from model_garden_registry.hardware.snapshots import FORMAT as HARDWARE_FORMAT
from model_garden_registry.hardware.snapshots import hardware_document, parse_hardware

Document: TypeAlias = dict[str, Any]

#: The name of this format.
FORMAT = "mgr.inventory/1"
#: The pool of nodes that are in none.
DEFAULT_POOL = "default"
#: Names and reasons are a line: a longer text is a mistake.
LONGEST_LINE = 10_000
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})")


def inventory_document(inventory: Inventory) -> Document:
    """Return plain values for JSON, from which ``parse_inventory`` builds the same inventory again."""
    return {
        "format": FORMAT,
        "source": inventory.source,
        "as_of": inventory.as_of,
        "nodes": [_node_document(node) for node in inventory.nodes],
    }


def _node_document(node: InventoryNode) -> Document:
    hardware = node.hardware
    return {
        "name": node.name,
        "count": node.count,
        "pool": node.pool,
        "hardware": None if hardware is None else {"format": HARDWARE_FORMAT, **hardware_document(hardware)},
        "exact": node.exact,
        "reason": node.reason,
        "free": None if node.free_gpus is None else {"gpus": node.free_gpus},
        **({} if node.offered is None else {"offered": _offer_document(node.offered)}),
    }


def _offer_document(offer: Offer) -> Document:
    return {"resource": offer.resource, "feature": offer.feature, "labels": dict(offer.labels)}


def parse_inventory(document: object, *, most_entries: int = MOST_ENTRIES, most_nodes: int = MOST_NODES) -> Inventory:
    """
    Return the inventory of a document: the inverse of ``inventory_document``, and lenient with hand-written files.

    A node needs a ``name`` and ``hardware``: a snapshot, null, or GPUs by name, such as ``"8x H100"``. Without
    ``count`` it is one node; missing facts count as unknown. Unknown keys are ignored.

    Args:
        most_entries: The most entries.

        most_nodes: The most nodes of all entries together.

    Raises:
        InventoryError: A value is of the wrong kind; ``where`` says which.
    """
    try:
        return _inventory(Node(document, ""), most_entries, most_nodes)
    except HardwareFileError as error:
        raise InventoryError(f"{error.expected}, found {error.found}", where=error.where) from None


def _inventory(root: Node, most_entries: int, most_nodes: int) -> Inventory:
    root.require_object()
    root.choice("format", (FORMAT,), FORMAT)
    items = root.required("nodes").members(most_entries)
    shared: dict[Hardware, Hardware] = {}
    inventory = Inventory(
        source=root.optional("source", _line) or "file",
        as_of=root.optional("as_of", _moment),
        nodes=tuple(_node(item, shared) for item in items),
    )
    if sum(node.count for node in inventory.nodes) > most_nodes:
        raise HardwareFileError(
            "/nodes", f"at most {most_nodes} nodes", str(sum(node.count for node in inventory.nodes))
        )
    return inventory


def _node(node: Node, shared: dict[Hardware, Hardware]) -> InventoryNode:
    """Return a node; equal hardware of several is one object, so that it is judged once."""
    name = _line(node.required("name"))
    count = node.optional("count", _count)
    given = node.required("hardware")
    hardware, is_stated = _hardware(given)
    reason = node.optional("reason", _line)
    if hardware is None and reason is None:
        reason = "its hardware is not stated"
    exact = node.optional("exact", boolean)
    return InventoryNode(
        name=name,
        count=1 if count is None else count,
        pool=node.optional("pool", _line) or DEFAULT_POOL,
        hardware=None if hardware is None else shared.setdefault(hardware, hardware),
        exact=is_stated if exact is None else exact,
        reason=reason,
        free_gpus=node.member("free").optional("gpus", natural),
        offered=node.optional("offered", _offer),
    )


def _offer(node: Node) -> Offer:
    resource, feature = text(node.required("resource")), node.optional("feature", text)
    labels = tuple(sorted((node.optional("labels", _labels) or {}).items()))
    try:
        return Offer(resource=resource, feature=feature, labels=labels)
    except ValueError as error:
        raise InventoryError(str(error), where=node.where) from None


def _labels(node: Node) -> dict[str, str]:
    node.require_object()
    if not all(isinstance(value, str) for value in node.value.values()):
        node.refuse("an object of texts")
    return dict(node.value)


def _hardware(node: Node) -> tuple[Hardware | None, bool]:
    """Return the hardware of a node, and whether its memory is stated there."""
    if node.value is None:
        return None, False
    if isinstance(node.value, str):
        try:
            return known_gpu(_line(node)), False
        except UnknownGpuError as error:
            raise InventoryError(str(error), where=node.where) from None
    try:
        hardware = parse_hardware(node.value)
    except HardwareFileError as error:
        raise HardwareFileError(f"{node.where}{error.where}", error.expected, error.found) from None
    return hardware, hardware.source != "named"


def _count(node: Node) -> int:
    count = natural(node)
    if not 1 <= count <= MOST_NODES:
        node.refuse(f"a number of nodes from 1 to {MOST_NODES}")
    return count


def _line(node: Node) -> str:
    if not text(node).strip():
        node.refuse("a text that is not empty")
    if len(node.value) > LONGEST_LINE:
        raise HardwareFileError(node.where, f"at most {LONGEST_LINE} characters", str(len(node.value)))
    return text(node)


def _moment(node: Node) -> str:
    if not _MOMENT.fullmatch(text(node)):
        node.refuse("a moment with UTC offset, such as 2026-11-23T00:00:00Z")
    return text(node)
