"""
Kubernetes' nodes: ``kubectl get nodes -o json``; with ``get nodes,pods -A`` also which GPUs are free.

The API has no word for a pool: it is the label of the cloud's node pools, else the kind of machine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from model_garden_registry.hardware.inventory.declared import NO_GPUS
from model_garden_registry.hardware.inventory.documents import DEFAULT_POOL
from model_garden_registry.hardware.inventory.errors import InventoryError
from model_garden_registry.hardware.inventory.grouping import condensed
from model_garden_registry.hardware.inventory.inventories import MOST_ENTRIES, Inventory, InventoryNode
from model_garden_registry.hardware.inventory.offers import offer
from model_garden_registry.hardware.inventory.readers.kubernetes_gpus import (
    Gpus,
    KubernetesNode,
    gpus_of_node,
    naming_label,
)
from model_garden_registry.hardware.inventory.readers.values import check_once, mapping, one_line, quantity
from model_garden_registry.hardware.nodes import Node, text

#: Labels of node pools, then of kinds of machines. Sources: documentation of GKE, EKS, AKS, Karpenter, OpenShift.
_POOLS = (
    "cloud.google.com/gke-nodepool",
    "eks.amazonaws.com/nodegroup",
    "alpha.eksctl.io/nodegroup-name",
    "karpenter.sh/nodepool",
    "kubernetes.azure.com/agentpool",
    "agentpool",
    "doks.digitalocean.com/node-pool",
    "hypershift.openshift.io/nodePool",
    "node.kubernetes.io/instance-type",
    "beta.kubernetes.io/instance-type",
    "nvidia.com/gpu.product",
)
_LIST = ("List", "NodeList")
#: Taints of nodes on which no pod runs.
_TAINTS = {
    "node.kubernetes.io/unreachable": "unreachable",
    "node.kubernetes.io/out-of-service": "out of service",
    "ToBeDeletedByClusterAutoscaler": "about to be deleted",
}
#: Of a reason only the beginning is shown.
_LONGEST = 200


class _Items(NamedTuple):
    nodes: list[Node]
    pods: list[Node]


def kubernetes_inventory(captured: object) -> Inventory:
    """
    Return the inventory of kubectl's output, from plain values.

    Raises:
        InventoryError: There is no node in it.

        HardwareFileError: A value is of the wrong kind.
    """
    items = _items(Node(captured, ""))
    if not items.nodes:
        raise InventoryError("there is no item of kind Node; use kubectl get nodes -o json", where="")
    check_once(text(node.required("metadata").required("name")) for node in items.nodes)
    used = _used(items.pods) if items.pods else None
    return Inventory(
        source="kubernetes",
        as_of=None,
        nodes=condensed(entry for node in items.nodes for entry in _entries(node, used)),
    )


def _items(root: Node) -> _Items:
    if isinstance(root.value, list):
        each = list(root.members(MOST_ENTRIES))
    else:
        root.require_object()
        is_list = "items" in root.value or root.value.get("kind") in _LIST
        each = list(root.required("items").members(MOST_ENTRIES)) if is_list else [root]
    found = _Items([], [])
    for item in each:
        item.require_object()
        kind = item.value.get("kind", "Node")  # items of a NodeList have none
        if kind == "Node":
            found.nodes.append(item)
        elif kind == "Pod":
            found.pods.append(item)
    return found


def _entries(node: Node, used: Mapping[tuple[str, str], int] | None) -> Iterator[InventoryNode]:
    metadata, status = node.required("metadata"), node.member("status")
    name = text(metadata.required("name"))
    labels = {key: value for key, value in mapping(metadata.member("labels")).items() if isinstance(value, str)}
    of_node = KubernetesNode(
        labels=labels,
        capacity=None if status.member("capacity").value is None else mapping(status.member("capacity")),
        allocatable=None if status.member("allocatable").value is None else mapping(status.member("allocatable")),
    )
    reason = _why_out(node)
    pool_label = next((key for key in _POOLS if labels.get(key)), None)
    pool = DEFAULT_POOL if pool_label is None else labels[pool_label]
    found_by = {key: labels[key] for key in (pool_label, naming_label(of_node)) if key is not None}
    for gpus in gpus_of_node(of_node) or [Gpus("", NO_GPUS, 0, 1)]:
        why = reason or gpus.declared.reason
        is_out = gpus.declared.hardware is not None and why is not None and not gpus.declared.hardware.alternatives
        yield InventoryNode(
            name=name,
            count=1,
            pool=pool,
            hardware=gpus.declared.hardware,
            exact=gpus.declared.exact,
            reason=why,
            free_gpus=0 if reason or is_out else _free(name, gpus, used),
            offered=offer(gpus.resource, labels=found_by) if gpus.resource else None,
        )


def _free(name: str, gpus: Gpus, used: Mapping[tuple[str, str], int] | None) -> int | None:
    """Return the GPUs that no pod asks for; of GPUs that pods share, only those of an idle node are known."""
    if gpus.number == 0:
        return 0
    if used is None:
        return None
    taken = used.get((name, gpus.resource), 0)
    if gpus.replicas > 1:
        return None if taken else gpus.number
    return max(gpus.number - taken, 0)


def _why_out(node: Node) -> str | None:
    """Return why no pod is scheduled on a node; None if some are."""
    spec, status = node.member("spec"), node.member("status")
    if spec.member("unschedulable").value is True:
        return "cordoned"
    for condition in status.items("conditions"):
        condition.require_object()
        if condition.value.get("type") == "Ready" and condition.value.get("status") != "True":
            said = condition.value.get("message") or condition.value.get("reason")
            return f"not ready: {one_line(said[:_LONGEST])}" if isinstance(said, str) else "not ready"
    for taint in spec.items("taints"):
        taint.require_object()
        key = taint.value.get("key")
        if isinstance(key, str) and key in _TAINTS:
            return _TAINTS[key]
    return None


def _used(pods: Iterable[Node]) -> Counter[tuple[str, str]]:
    """Return how many of each resource the pods of each node ask for."""
    used: Counter[tuple[str, str]] = Counter()
    for pod in pods:
        spec = pod.member("spec")
        name = spec.member("nodeName").value
        if not isinstance(name, str) or pod.member("status").member("phase").value in ("Succeeded", "Failed"):
            continue
        together = Counter(_limits(spec.items("containers")))
        for resource, count in together.items():
            used[name, resource] += count
    return used


def _limits(containers: Iterable[Node]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for container in containers:
        limits: Mapping[str, Any] = mapping(container.member("resources").member("limits"))
        for resource, asked in limits.items():
            if resource.startswith("nvidia.com/"):
                found[resource] += quantity(asked) or 0
    return found
