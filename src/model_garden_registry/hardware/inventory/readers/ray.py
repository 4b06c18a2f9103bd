"""
Ray's nodes: what ``ray.nodes()`` returns, or ``ray list nodes --detail --format json`` prints.

Ray knows the number of GPUs, and of their type a short word (``accelerator_type:A100``); it says no memory, and not
what is free.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from model_garden_registry.hardware.inventory.declared import NO_GPUS, Declared, named_gpus, unknown
from model_garden_registry.hardware.inventory.documents import DEFAULT_POOL
from model_garden_registry.hardware.inventory.errors import InventoryError
from model_garden_registry.hardware.inventory.grouping import condensed
from model_garden_registry.hardware.inventory.inventories import MOST_ENTRIES, Inventory, InventoryNode
from model_garden_registry.hardware.inventory.readers.values import check_once, mapping, one_line
from model_garden_registry.hardware.nodes import Node, boolean, text

_TYPE = "accelerator_type:"
_LABEL = "ray.io/accelerator-type"
#: Labels of groups of workers. Source: Ray's documentation of node labels; KubeRay sets the first.
_POOLS = ("ray.io/node-group", "ray.io/group", "pool", "node-group")
#: Of a reason only the beginning is shown.
_LONGEST = 200


class RayNode(NamedTuple):
    """
    A node of a Ray cluster.

    Args:
        identifier: Ray's own id.

        name: Its host name; several nodes may have the same.

        problem: Why it is not part of the cluster any more; None if it is.

        resources: What Ray gives to tasks.

        labels: Its labels.
    """

    identifier: str
    name: str
    problem: str | None
    resources: Mapping[str, Any]
    labels: Mapping[str, Any]

    @property
    def pool(self) -> str:
        """The group of workers that it belongs to."""
        found = (self.labels.get(key) for key in _POOLS)
        return next((value for value in found if isinstance(value, str) and value.strip()), DEFAULT_POOL)


def ray_inventory(captured: object) -> Inventory:
    """
    Return the inventory of Ray's nodes, from plain values.

    Raises:
        InventoryError: There is no node.

        HardwareFileError: A value is of the wrong kind.
    """
    nodes = list(ray_nodes(captured))
    if not nodes:
        raise InventoryError("there is no node in the list", where="")
    check_once(node.identifier for node in nodes)
    names = unique_names(nodes)
    entries = (_entry(node, name) for node, name in zip(nodes, names, strict=True))
    return Inventory(source="ray", as_of=None, nodes=condensed(entries))


def ray_nodes(captured: object) -> Iterator[RayNode]:
    """
    Yield Ray's nodes from plain values, as they are named in ``ray.nodes()`` or in its state API.

    Raises:
        HardwareFileError: A value is of the wrong kind.
    """
    root = Node(captured, "")
    for node in _listed(root):
        node.require_object()
        yield RayNode(
            identifier=text(node.required("NodeID", "node_id")),
            name=_name(node),
            problem=_problem(node),
            resources=mapping(_first(node, "Resources", "resources_total")),
            labels=mapping(_first(node, "Labels", "labels")),
        )


def _listed(root: Node) -> Iterator[Node]:
    """Return the nodes of a list, of an object that has one, or a node alone."""
    if isinstance(root.value, list):
        return root.members(MOST_ENTRIES)
    root.require_object()
    if "NodeID" in root.value or "node_id" in root.value:
        return iter((root,))
    return root.required("nodes", "result").members(MOST_ENTRIES)


def unique_names(nodes: list[RayNode]) -> list[str]:
    """Return the names of nodes; one that several have, with the beginning of the node's id."""
    times = Counter(node.name for node in nodes)
    return [node.name if times[node.name] == 1 else f"{node.name}-{node.identifier[:8]}" for node in nodes]


def _first(node: Node, *keys: str) -> Node:
    return next((node.member(key) for key in keys if key in node.value), Node(None, node.where))


def _name(node: Node) -> str:
    for key in ("NodeManagerHostname", "NodeName", "node_name", "NodeManagerAddress", "node_ip"):
        if name := node.optional(key, text):
            return name
    return text(node.required("NodeID", "node_id"))


def _problem(node: Node) -> str | None:
    """Return why a node is not part of the cluster any more; Ray lists such nodes for ever."""
    is_alive = next((boolean(node.member(key)) for key in ("Alive", "alive") if key in node.value), None)
    if is_alive is None:
        is_alive = node.optional("state", text) in (None, "ALIVE")
    if is_alive:
        return None
    said = _first(node, "DeathReasonMessage", "state_message").value
    return f"dead: {one_line(said[:_LONGEST])}" if isinstance(said, str) and said.strip() else "dead"


def _entry(node: RayNode, name: str) -> InventoryNode:
    declared = unknown(node.problem) if node.problem and not node.resources else _gpus(node)
    reason = node.problem or declared.reason
    return InventoryNode(
        name=name,
        count=1,
        pool=node.pool,
        hardware=declared.hardware,
        exact=declared.exact,
        reason=reason,
        free_gpus=0 if node.problem or declared is NO_GPUS else None,
    )


def _gpus(node: RayNode) -> Declared:
    given = node.resources.get("GPU", 0)
    if isinstance(given, bool) or not isinstance(given, int | float) or not given >= 0:
        return unknown(f"its number of GPUs is {str(given)[:40]!r}")
    types = dict.fromkeys(key.removeprefix(_TYPE) for key in node.resources if key.startswith(_TYPE))
    label = node.labels.get(_LABEL)
    if isinstance(label, str) and label:
        types.setdefault(label)
    if not given:
        return unknown(f"only NVIDIA GPUs are judged, and it has {next(iter(types))}") if types else NO_GPUS
    if given < 1:
        return unknown(f"Ray gives tasks {given:g} of a GPU: not a whole one")
    if len(types) != 1:
        said = "no type" if not types else f"several types ({', '.join(types)})"
        return unknown(f"Ray states {said} of its {given:g} GPUs")
    return named_gpus(next(iter(types)), int(min(given, 1e6)))
