"""Kubernetes' nodes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cluster_samples import KUBECTL, LABELS, nodes, sample
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.errors import HardwareFileError
from model_garden_registry.hardware.inventory.documents import inventory_document, parse_inventory
from model_garden_registry.hardware.inventory.errors import InventoryError
from model_garden_registry.hardware.inventory.offers import offer
from model_garden_registry.hardware.inventory.readers.kubernetes import kubernetes_inventory

GPU = "nvidia.com/gpu"


def node(name: str = "n", *, count: str = "2", labels: dict[str, Any] | None = None, **parts: Any) -> dict[str, Any]:
    status = {"capacity": {GPU: count}, "allocatable": {GPU: count}, **parts.pop("status", {})}
    metadata = {"name": name, "labels": LABELS["t4_gce"] if labels is None else labels}
    return {"kind": "Node", "metadata": metadata, "status": status, **parts}


def pod(name: str | None, asked: object, phase: str = "Running") -> dict[str, Any]:
    container = {"resources": {"limits": {GPU: asked, "cpu": "1"}}}
    spec = {"nodeName": name, "containers": [container, {}]}
    return {"kind": "Pod", "spec": spec, "status": {"phase": phase}}


def test_output_of_a_real_kubectl() -> None:
    found = kubernetes_inventory(sample(KUBECTL))
    assert nodes(found) == [("node-a", 1, "7x H200 SXM 143360", None, None)]
    assert (found.source, found.nodes[0].pool, found.nodes[0].exact) == ("kubernetes", "NVIDIA-H200-SXM", True)


def test_one_node_a_list_and_a_list_of_kubectl_are_read_alike() -> None:
    alone = nodes(kubernetes_inventory(node()))
    assert alone == [("n", 1, "2x T4 15360", None, None)]
    bare = {key: value for key, value in node().items() if key != "kind"}
    for captured in ([node()], {"kind": "List", "items": [node()]}, {"kind": "NodeList", "items": [bare]}):
        assert nodes(kubernetes_inventory(captured)) == alone


@pytest.mark.parametrize(
    ("labels", "pool"),
    [
        ({}, "default"),
        ({"cloud.google.com/gke-nodepool": "a", "node.kubernetes.io/instance-type": "b"}, "a"),
        ({"eks.amazonaws.com/nodegroup": "b"}, "b"),
        ({"kubernetes.azure.com/agentpool": ""}, "default"),
        ({"agentpool": 5}, "default"),
        ({"node.kubernetes.io/instance-type": "g6.xlarge"}, "g6.xlarge"),
        *(
            ({name: "p", "nvidia.com/gpu.product": "NVIDIA-L4"}, "p")
            for name in (
                *("cloud.google.com/gke-nodepool", "eks.amazonaws.com/nodegroup", "alpha.eksctl.io/nodegroup-name"),
                *("karpenter.sh/nodepool", "kubernetes.azure.com/agentpool", "agentpool"),
                *("doks.digitalocean.com/node-pool", "hypershift.openshift.io/nodePool"),
                *("node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type"),
            )
        ),
    ],
)
def test_the_pool_is_a_label(labels: dict[str, Any], pool: str) -> None:
    assert kubernetes_inventory(node(labels=labels)).nodes[0].pool == pool


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"spec": {"unschedulable": True}}, "cordoned"),
        ({"spec": {"taints": [{"key": "node.kubernetes.io/unreachable"}]}}, "unreachable"),
        ({"spec": {"taints": [{"key": GPU, "effect": "NoSchedule"}, {"key": 5}, {"key": []}]}}, None),
        ({"spec": {"taints": [{"key": "node.kubernetes.io/out-of-service"}]}}, "out of service"),
        ({"spec": {"taints": [{"key": "ToBeDeletedByClusterAutoscaler"}]}}, "about to be deleted"),
        (
            {"status": {"conditions": [{"type": "Ready", "status": "False", "message": "x" * 201}]}},
            f"not ready: {'x' * 200}",
        ),
        ({"status": {"conditions": [{"type": "Ready", "status": "True"}]}}, None),
        ({"status": {"conditions": [{"type": "DiskPressure", "status": "False"}]}}, None),
        ({"status": {"conditions": [{"type": "Ready", "status": "False"}]}}, "not ready"),
        (
            {"status": {"conditions": [{"type": "Ready", "status": "Unknown", "message": "Kubelet\nstopped"}]}},
            "not ready: Kubelet stopped",
        ),
        ({"status": {"conditions": [{"type": "Ready", "status": "False", "reason": "Lost"}]}}, "not ready: Lost"),
    ],
)
def test_a_node_that_takes_no_pods_has_the_reason(parts: dict[str, Any], reason: str | None) -> None:
    expected = ("n", 1, "2x T4 15360", reason, None if reason is None else 0)
    assert nodes(kubernetes_inventory(node(**parts))) == [expected]


def test_pods_tell_which_gpus_are_free() -> None:
    pods = [pod("a", "1"), pod("a", 5, "Succeeded"), pod(None, "1", "Pending"), pod("b", "9"), pod("c", "x")]
    captured = [node("a"), node("b"), node("c"), *pods, {"kind": "Service"}]
    assert [(one[0], one[4]) for one in nodes(kubernetes_inventory(captured))] == [("a", 1), ("b", 0), ("c", 2)]


def test_gpus_that_pods_share_are_free_only_where_no_pod_is() -> None:
    shared = LABELS["a10g_time_sliced"]
    captured = [node("a", labels=shared), node("b", labels=shared), pod("a", "1")]
    assert [(one[0], one[4]) for one in nodes(kubernetes_inventory(captured))] == [("a", None), ("b", 1)]


def test_nodes_without_gpus_and_without_labels() -> None:
    cpu = {"kind": "Node", "metadata": {"name": "c"}, "status": {"capacity": {"cpu": "4"}}}
    bare = {"metadata": {"name": "d"}, "status": {}}
    unlabelled = node("g", labels={})
    assert nodes(kubernetes_inventory([cpu, bare, unlabelled])) == [
        ("c,d", 2, "none", None, 0),
        ("g", 1, "?", "it has no label that names its GPUs: install GPU Feature Discovery", None),
    ]


def test_gpus_of_several_sizes_keep_their_meanings() -> None:
    found = nodes(kubernetes_inventory(node(labels={"k8s.amazonaws.com/accelerator": "nvidia-a100"})))
    assert found == [
        ("n", 1, "2x A100 40GB 40960 or 2x A100 80GB 81920", "the name means several GPUs: A100 40GB, A100 80GB", None)
    ]


@pytest.mark.parametrize(
    ("labels", "resource", "found_by"),
    [
        (LABELS["t4_gce"], GPU, {"nvidia.com/gpu.product": "Tesla-T4"}),
        (LABELS["a10g_time_sliced"], GPU, {"nvidia.com/gpu.product": "NVIDIA-A10G-SHARED"}),
        (LABELS["a10g_time_sliced"], "nvidia.com/gpu.shared", {"nvidia.com/gpu.product": "NVIDIA-A10G-SHARED"}),
        (LABELS["a100_mig_single"], GPU, {"nvidia.com/gpu.product": "A100-SXM4-40GB-MIG-1g.5gb"}),
        ({"nvidia.com/gpu.product": "A100-SXM4-40GB"}, "nvidia.com/mig-3g.20gb", None),
        ({"agentpool": "a", "nvidia.com/gpu.product": "NVIDIA-L4"}, GPU, None),
        ({"cloud.google.com/gke-accelerator": "nvidia-l4", "cloud.google.com/gke-nodepool": "a"}, GPU, None),
        ({"node.kubernetes.io/instance-type": "g6.xlarge", "eks.amazonaws.com/nodegroup": "b"}, GPU, None),
        ({"node.kubernetes.io/instance-type": "g6.xlarge"}, GPU, None),
        ({}, GPU, None),
    ],
)
def test_a_pod_asks_for_the_resource_on_nodes_with_the_labels(
    labels: dict[str, str], resource: str, found_by: dict[str, str] | None
) -> None:
    """Those of the pool and of the GPUs, as the nodes have them; nothing that no node has."""
    status = {"capacity": {resource: "2"}, "allocatable": {resource: "2"}}
    pools = ("cloud.google.com/gke-nodepool", "agentpool")
    expected = (found_by | {key: labels[key] for key in pools if key in labels}) if found_by else labels
    assert {node.offered for node in kubernetes_inventory(node(labels=labels, status=status)).nodes} == {
        offer(resource, labels=expected)
    }


def test_a_node_without_gpus_offers_none() -> None:
    cpu = {"kind": "Node", "metadata": {"name": "c"}, "status": {"capacity": {"cpu": "4"}}}
    assert kubernetes_inventory([cpu]).nodes[0].offered is None


@pytest.mark.parametrize("captured", [[], {"kind": "List", "items": []}, {"kind": "Service"}, [pod("a", "1")]])
def test_without_a_node_there_is_no_inventory(captured: object) -> None:
    with pytest.raises(InventoryError) as caught:
        kubernetes_inventory(captured)
    assert caught.value.problem == "there is no item of kind Node; use kubectl get nodes -o json"


def test_gpus_that_are_named_and_not_offered_are_not_free() -> None:
    """None is offered, whatever pods ask for."""
    bare = node(labels={**LABELS["t4_gce"], "nvidia.com/gpu.count": "2"}, status={"capacity": {}, "allocatable": {}})
    ((_, _, found, reason, free),) = nodes(kubernetes_inventory([bare, pod("other", "1")]))
    assert (found, free) == ("2x T4 15360", 0)
    assert reason is not None


@pytest.mark.parametrize(
    ("captured", "where"),
    [
        (5, ""),
        ({"items": 5}, "/items"),
        ({"items": [5]}, "/items/0"),
        ({"kind": "List"}, "/items"),
        ([{}], "/0/metadata"),
        ([{"metadata": {}}], "/0/metadata/name"),
        ([{"metadata": {"name": 1}}], "/0/metadata/name"),
        ([{"metadata": {"name": "a", "labels": []}}], "/0/metadata/labels"),
        ([{"metadata": {"name": "a"}, "status": 1}], "/0/status"),
        ([node(status={"capacity": []})], "/0/status/capacity"),
        ([node(spec=[])], "/0/spec"),
        ([node(spec={"taints": [1]})], "/0/spec/taints/0"),
        ([node(status={"conditions": {}})], "/0/status/conditions"),
        ([node(status={"conditions": [1]})], "/0/status/conditions/0"),
        ([node(), {"kind": "Pod", "spec": {"nodeName": "n", "containers": 1}}], "/1/spec/containers"),
    ],
)
def test_a_value_of_the_wrong_kind_is_named(captured: object, where: str) -> None:
    with pytest.raises(HardwareFileError) as caught:
        kubernetes_inventory(captured)
    assert caught.value.where == where


#: What a label may hold, of which no value is what its key should have.
ODD = ["", "0", "-5", "80", "2.5", "81559Mi", "9" * 10, "9" * 18, "9" * 30, "1e9", "\x1b[31m\nkind: Pod", "x" * 5000]
KEYS = ["product", "memory", "count", "replicas", "sharing-strategy", "compute.major", "compute.minor"]


@given(
    labels=st.dictionaries(st.sampled_from([f"nvidia.com/gpu.{key}" for key in KEYS]), st.sampled_from(ODD)),
    offered=st.sampled_from(ODD),
    more=st.dictionaries(st.sampled_from([f"nvidia.com/mig-1g.5gb.{key}" for key in KEYS[:3]]), st.sampled_from(ODD)),
)
def test_whatever_labels_say_the_inventory_can_be_read_again(
    labels: dict[str, str], offered: str, more: dict[str, str]
) -> None:
    """``mgr inventory from`` writes nothing that ``mgr inventory show`` refuses."""
    mig = {"nvidia.com/mig-1g.5gb": offered} if more else {}
    status = {"capacity": {GPU: offered, **mig}, "allocatable": {GPU: offered, "memory": offered, **mig}}
    found = kubernetes_inventory(node(labels=LABELS["t4_gce"] | labels | more, status=status))

    assert parse_inventory(json.loads(json.dumps(inventory_document(found)))) == found
