"""
GPUs of a Kubernetes node, from its labels and its resources.

GPU Feature Discovery labels a node with what the driver says: product, memory in MiB, compute capability. Its label
``gpu.family`` is wrong for Ada, and not read. Clouds label nodes with names of their own, which say no memory.

Source: NVIDIA/k8s-device-plugin, docs/gpu-feature-discovery, and README on time slicing, MPS and MIG.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from model_garden_registry.hardware.accelerators import Instance, known_instances
from model_garden_registry.hardware.inventory.declared import Declared, named_gpus, stated_gpus, unknown
from model_garden_registry.hardware.inventory.readers.values import natural_text, quantity
from model_garden_registry.units import MIB

_NVIDIA = "nvidia.com/"
#: Whole GPUs, or the only kind of slice of the node; those that pods share may be offered under a name of their own.
_GPU = "nvidia.com/gpu"
_SHARED = re.compile(r"nvidia\.com/gpu\.[a-z0-9][a-z0-9.-]*")
#: What GPU Feature Discovery says of a node whose slices MIG's single strategy does not offer.
_INVALID = "-MIG-INVALID"
_MIG = re.compile(r"nvidia\.com/mig-([0-9]+g\.[0-9]+gb(?:\.[a-z.]+)?)(?:\.shared)?")
#: Other makers' GPUs, by the domain of their resource.
_OTHERS = ("amd.com/gpu", "gpu.intel.com/", "habana.ai/", "aws.amazon.com/neuron", "google.com/tpu", "huawei.com/")
#: Labels of clouds that name the GPU. Sources: documentation of GKE, EKS, Karpenter, CoreWeave.
_NAMES = (
    "cloud.google.com/gke-accelerator",
    "k8s.amazonaws.com/accelerator",
    "karpenter.k8s.aws/instance-gpu-name",
    "gpu.nvidia.com/model",
)
_INSTANCES = ("node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type")


class Gpus(NamedTuple):
    """
    GPUs of one kind on a node.

    Args:
        resource: The resource that a pod asks for.

        declared: The GPUs that a pod can get.

        number: How many they are.

        replicas: The number of pods that share each.
    """

    resource: str
    declared: Declared
    number: int
    replicas: int


@dataclass(frozen=True, kw_only=True)
class KubernetesNode:
    """
    What decides about the GPUs of a node.

    Args:
        labels: Its labels.

        capacity: Its resources; None if they are not stated.

        allocatable: What pods can get of them; None if that is not stated.
    """

    labels: Mapping[str, str]
    capacity: Mapping[str, object] | None
    allocatable: Mapping[str, object] | None

    def offered(self, resource: str) -> int:
        """Return how many of a resource pods can get: never more than there are."""
        counts = [quantity(place[resource]) for place in self.places if resource in place]
        return min((count for count in counts if count is not None), default=0)

    @property
    def places(self) -> list[Mapping[str, object]]:
        """Where resources are stated: capacity, then what pods can get."""
        return [place for place in (self.capacity, self.allocatable) if place is not None]

    @property
    def resources(self) -> dict[str, None]:
        """The names of its resources, each once."""
        return {name: None for place in self.places for name in place}

    def label(self, name: str) -> str:
        """Return a label of NVIDIA's; empty if it is not there."""
        return self.labels.get(f"{_NVIDIA}{name}", "")


def gpus_of_node(node: KubernetesNode) -> list[Gpus]:
    """Return the GPUs of a node, by kind; none for a node without GPUs."""
    found = [*_whole(node), *_slices(node)]
    if found:
        return found
    if node.label("gpu.product").endswith(_INVALID):
        return [Gpus(_GPU, unknown("its GPUs are cut into slices that MIG's single strategy does not offer"), 0, 1)]
    other = next((name for name in node.resources if name.startswith(_OTHERS)), None)
    if other is not None:
        return [Gpus(other, unknown(f"only NVIDIA GPUs are judged, and it has {other}"), 0, 1)]
    count = _labelled(node)
    if not count:
        return []
    if node.capacity is None and node.allocatable is None:
        replicas = _replicas(node)
        return [Gpus(_GPU, _declared(node, count), count, replicas)]
    problem = f"its labels name GPUs ({count}), and none is offered as nvidia.com/gpu: see the device plugin"
    return [Gpus(_GPU, _declared(node, count)._replace(reason=problem), count, 1)]


def _whole(node: KubernetesNode) -> Iterator[Gpus]:
    for resource in node.resources:
        there = max((quantity(place.get(resource)) or 0 for place in node.places), default=0)
        if not there or not (resource == _GPU or _SHARED.fullmatch(resource)):
            continue
        offered = node.offered(resource)
        replicas = _replicas_of(node, resource, there)
        count = -(-offered // replicas)
        if count:
            yield Gpus(resource, _declared(node, count), count, replicas)
        else:
            problem = f"Kubernetes offers none of its {there} GPUs to pods"
            yield Gpus(resource, _declared(node, there)._replace(reason=problem), 0, replicas)


def _slices(node: KubernetesNode) -> Iterator[Gpus]:
    """Yield the slices of a node with MIG's mixed strategy, by profile."""
    named = {key.removesuffix(".count") for key in node.labels if key.endswith(".count")}
    for resource in dict.fromkeys([*node.resources, *sorted(named)]):
        match = _MIG.fullmatch(resource)
        if match is None:
            continue
        profile = match[1]
        is_told = node.capacity is not None or node.allocatable is not None
        count = node.offered(resource) if is_told else natural_text(node.label(f"mig-{profile}.count")) or 0
        if count:
            yield Gpus(resource, _slice(node, profile, count), count, 1)


def _slice(node: KubernetesNode, profile: str, count: int) -> Declared:
    product = node.label(f"mig-{profile}.product") or f"{node.label('gpu.product')}-MIG-{profile}"
    memory = natural_text(node.label(f"mig-{profile}.memory"))
    if memory:
        return stated_gpus(product, count, total_bytes=memory * MIB, **_more(node))
    return named_gpus(product, count)


def _declared(node: KubernetesNode, count: int) -> Declared:
    """Return GPUs by GPU Feature Discovery, else by the labels of a cloud."""
    product, memory = node.label("gpu.product"), natural_text(node.label("gpu.memory"))
    if product:
        name = product.removesuffix("-SHARED")
        if not memory:
            return named_gpus(name, count)
        shares = _replicas(node) if node.label("gpu.sharing-strategy") == "mps" else 1
        return stated_gpus(name, count, total_bytes=memory * MIB // shares, **_more(node))
    return _of_a_cloud(node, count)


def naming_label(node: KubernetesNode) -> str | None:
    """Return the label that says which GPUs a node has; None if none does."""
    if node.label("gpu.product"):
        return f"{_NVIDIA}gpu.product"
    named = (key for key in _NAMES if node.labels.get(key))
    return next(named, None) or next((key for key in _INSTANCES if _instance(node.labels.get(key, ""))), None)


def _of_a_cloud(node: KubernetesNode, count: int) -> Declared:
    key = naming_label(node)
    if key is None:
        return unknown("it has no label that names its GPUs: install GPU Feature Discovery")
    instance = _instance(node.labels[key]) if key in _INSTANCES else None
    return named_gpus(instance.gpu if instance else node.labels[key], count)


def _instance(kind: str) -> Instance | None:
    """Return a cloud's machine with GPUs by its kind, as a label has it."""
    return known_instances().get(kind.casefold().removeprefix("standard_").removeprefix("ml."))


def _more(node: KubernetesNode) -> dict[str, Any]:
    return {"capability": _capability(node), "driver_version": _driver(node), "ram_bytes": _ram(node)}


def _capability(node: KubernetesNode) -> tuple[int, int] | None:
    major, minor = (natural_text(node.label(f"gpu.compute.{part}")) for part in ("major", "minor"))
    return None if major is None or minor is None else (major, minor)


def _driver(node: KubernetesNode) -> str | None:
    return node.label("cuda.driver-version.full") or None


def _ram(node: KubernetesNode) -> int:
    return node.offered("memory")


def _replicas(node: KubernetesNode) -> int:
    return max(natural_text(node.label("gpu.replicas")) or 1, 1)


def _replicas_of(node: KubernetesNode, resource: str, there: int) -> int:
    """Return how many pods share each GPU of a resource; no more whole ones than there are GPUs are not shared."""
    is_shared = resource != _GPU or not 0 < there <= _labelled(node)
    return _replicas(node) if is_shared else 1


def _labelled(node: KubernetesNode) -> int:
    """Return the number of GPUs that labels name, if any."""
    return natural_text(node.label("gpu.count")) or 0
