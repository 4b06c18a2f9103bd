"""GPUs of a Kubernetes node: every trap of its labels."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from cluster_samples import LABELS, gpus

from model_garden_registry.hardware.gpus import HostMemory
from model_garden_registry.hardware.inventory.readers.kubernetes_gpus import KubernetesNode, gpus_of_node

GPU = "nvidia.com/gpu"
T4 = LABELS["t4_gce"]


def of(
    labels: Mapping[str, str], capacity: Mapping[str, object] | None = None, free: Mapping[str, object] | None = None
) -> list[tuple[object, ...]]:
    """Return the GPUs of a node: resource, GPUs, whether exact, reason, how many."""
    node = KubernetesNode(labels=labels, capacity=capacity, allocatable=capacity if free is None else free)
    return [
        (one.resource, gpus(one.declared.hardware), one.declared.exact, one.declared.reason, one.number)
        for one in gpus_of_node(node)
    ]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("t4_gce", "1x T4 15360"),
        ("a10g_time_sliced", "1x A10G 23028"),
        ("a100_vgpu", "1x GRID A100 40C 40960"),
        ("rtx_4000_ada_wrong_family", "1x RTX 4000 Ada 20475"),
        ("a100_mig_single", "56x A100 SXM4 40GB MIG 1g.5gb 5120"),
    ],
)
def test_published_labels_give_gpus_with_the_memory_of_the_driver(name: str, said: str) -> None:
    ((_, found, exact, reason, _),) = of(LABELS[name])
    assert (found, exact, reason) == (said, True, None)


def test_a_wrong_family_does_not_decide_the_capability() -> None:
    node = KubernetesNode(labels=LABELS["rtx_4000_ada_wrong_family"], capacity=None, allocatable=None)
    (found,) = gpus_of_node(node)
    assert found.declared.hardware is not None
    assert found.declared.hardware.gpus[0].compute_capability == (8, 9)


def test_time_slicing_multiplies_counts_and_not_gpus() -> None:
    assert of(LABELS["a10g_time_sliced"], {GPU: "2"}) == [(GPU, "1x A10G 23028", True, None, 1)]
    assert of({**LABELS["a10g_time_sliced"], "nvidia.com/gpu.replicas": "4"}, {"nvidia.com/gpu.shared": "16"}) == [
        ("nvidia.com/gpu.shared", "4x A10G 23028", True, None, 4)
    ]


def test_whole_gpus_beside_shared_ones_are_not_divided() -> None:
    labels = {**T4, "nvidia.com/gpu.count": "8", "nvidia.com/gpu.replicas": "8"}
    assert of(labels, {GPU: "7", "nvidia.com/gpu.10gb": "8"}) == [
        (GPU, "7x T4 15360", True, None, 7),
        ("nvidia.com/gpu.10gb", "1x T4 15360", True, None, 1),
    ]
    assert of(labels, {GPU: "0", "nvidia.com/gpu.shared": "128"})[0][1] == "16x T4 15360"


def test_slices_that_the_single_strategy_does_not_offer_are_a_reason() -> None:
    labels = {"nvidia.com/gpu.product": "NVIDIA-A100-SXM4-80GB-MIG-INVALID", "nvidia.com/gpu.count": "0"}
    said = "its GPUs are cut into slices that MIG's single strategy does not offer"
    assert of(labels, {GPU: "0"}) == [(GPU, "?", False, said, 0)]


def test_labels_that_contradict_the_resource_are_not_read() -> None:
    labels = {"nvidia.com/mig-3g.21gb.count": "16", "nvidia.com/mig-3g.21gb.memory": "20096"}
    assert of(labels, {"nvidia.com/mig-3g.20gb": "16"})[0][1] == "16x A100 40GB MIG 3g.20gb 19968"


def test_mps_divides_memory_among_replicas() -> None:
    labels = {**T4, "nvidia.com/gpu.replicas": "2", "nvidia.com/gpu.sharing-strategy": "mps"}
    assert of(labels, {GPU: "2"}) == [(GPU, "1x T4 7680", True, None, 1)]


def test_what_is_allocatable_counts_and_not_the_capacity() -> None:
    assert of(T4, {GPU: "8"}, {GPU: "7"}) == [(GPU, "7x T4 15360", True, None, 7)]
    assert of(T4, {GPU: "8"}, {GPU: "0"}) == [
        (GPU, "8x T4 15360", True, "Kubernetes offers none of its 8 GPUs to pods", 0)
    ]


def test_slices_of_several_profiles_are_resources_of_their_own() -> None:
    labels = {
        "nvidia.com/gpu.product": "NVIDIA-A100-SXM4-80GB",
        "nvidia.com/mig-1g.10gb.memory": "9728",
        "nvidia.com/mig-1g.10gb.product": "NVIDIA-A100-SXM4-80GB-MIG-1g.10gb",
    }
    assert of(
        labels, {"nvidia.com/mig-1g.10gb": "3", "nvidia.com/mig-3g.40gb": "1", GPU: "1", "nvidia.com/mig-x": "1"}
    ) == [
        (GPU, "1x A100 SXM4 80GB 81920", False, None, 1),
        ("nvidia.com/mig-1g.10gb", "3x A100 SXM4 80GB MIG 1g.10gb 9728", True, None, 3),
        ("nvidia.com/mig-3g.40gb", "1x A100 SXM4 80GB MIG 3g.40gb 40192", False, None, 1),
    ]


def test_slices_are_counted_by_labels_where_no_resources_are_stated() -> None:
    found = of(LABELS["a100_mig_mixed"])
    assert found == [("nvidia.com/mig-3g.20gb", "?", False, "a slice 3g.20gb has 20.94 GB, and 10.74 GB are stated", 2)]
    assert of({"nvidia.com/mig-3g.20gb.count": "2"})[0][1] == "2x A100 40GB MIG 3g.20gb 19968"
    assert of({"nvidia.com/mig-3g.20gb.count": "two"}) == []


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ({"nvidia.com/gpu.product": "NVIDIA-GB10", "nvidia.com/gpu.memory": "0"}, "1x GB10 122070"),
        ({"nvidia.com/gpu.product": "Tesla-T4", "nvidia.com/gpu.memory": "many"}, "1x T4 15360"),
        ({"cloud.google.com/gke-accelerator": "nvidia-h100-80gb"}, "1x H100 80GB 81559"),
        ({"k8s.amazonaws.com/accelerator": "nvidia-l4"}, "1x L4 23034"),
        ({"karpenter.k8s.aws/instance-gpu-name": "a10g"}, "1x A10G 23028"),
        ({"node.kubernetes.io/instance-type": "g6.xlarge"}, "1x L4 23034"),
        ({"beta.kubernetes.io/instance-type": "Standard_NC4as_T4_v3"}, "1x T4 15360"),
    ],
)
def test_without_stated_memory_a_name_of_the_table_counts(labels: dict[str, str], said: str) -> None:
    assert of(labels, {GPU: "1"}) == [(GPU, said, False, None, 1)]


@pytest.mark.parametrize(
    ("labels", "capacity", "reason"),
    [
        ({}, {GPU: "8"}, "it has no label that names its GPUs: install GPU Feature Discovery"),
        ({"nvidia.com/gpu.product": "fake1"}, {GPU: "1"}, "no GPU 'fake1' in the table of known GPUs"),
        ({}, {"amd.com/gpu": "8"}, "only NVIDIA GPUs are judged, and it has amd.com/gpu"),
    ],
)
def test_gpus_that_are_not_known_have_a_reason(labels: dict[str, str], capacity: dict[str, str], reason: str) -> None:
    ((_, found, _, said, _),) = of(labels, capacity)
    assert (found, said) == ("?", reason)


def test_labels_without_a_resource_are_a_reason() -> None:
    ((_, found, exact, reason, _),) = of(T4, {"cpu": "4"})
    assert (found, exact) == ("1x T4 15360", True)
    assert reason == "its labels name GPUs (1), and none is offered as nvidia.com/gpu: see the device plugin"


def test_a_node_without_gpus_has_none() -> None:
    assert of({}, {"cpu": "4", "memory": "8Gi"}) == of({}) == of({}, {GPU: "none"}) == []


def test_ram_is_what_pods_can_get() -> None:
    node = KubernetesNode(labels=T4, capacity={GPU: "1", "memory": "64Gi"}, allocatable={GPU: "1", "memory": "60Gi"})
    (found,) = gpus_of_node(node)
    assert found.declared.hardware is not None
    assert found.declared.hardware.ram == HostMemory(total_bytes=64_000_000_000)
    assert found.declared.hardware.driver_version == "615.71.09"


@pytest.mark.parametrize(
    "resource",
    [
        *("amd.com/gpu", "gpu.intel.com/i915", "habana.ai/gaudi", "aws.amazon.com/neuroncore", "google.com/tpu"),
        "huawei.com/Ascend910",
    ],
)
def test_accelerators_of_other_makers_are_a_reason(resource: str) -> None:
    assert of({}, {resource: "8"}) == [(resource, "?", False, f"only NVIDIA GPUs are judged, and it has {resource}", 0)]


def test_a_number_that_is_none_counts_for_nothing() -> None:
    assert of(T4, {GPU: "2"}, {GPU: "x"})[0][1] == "2x T4 15360"
    assert of({}, {GPU: "x"}) == []


@pytest.mark.parametrize(("capacity", "free"), [({}, None), (None, {}), ({}, {})])
def test_labels_count_only_where_no_resources_are_stated(
    capacity: dict[str, object] | None, free: dict[str, object] | None
) -> None:
    slices = {"nvidia.com/mig-1g.5gb.count": "2", "nvidia.com/mig-1g.5gb.product": "A100-SXM4-40GB-MIG-1g.5gb"}
    whole, cut = (KubernetesNode(labels=one, capacity=capacity, allocatable=free) for one in (T4, slices))
    (named,) = gpus_of_node(whole)
    assert named.declared.reason is not None
    assert gpus_of_node(cut) == []


def test_a_slice_has_the_facts_of_its_node() -> None:
    labels = {
        "nvidia.com/mig-1g.7gb.product": "NVIDIA-X100-MIG-1g.7gb",
        "nvidia.com/mig-1g.7gb.memory": "7000",
        "nvidia.com/gpu.product": "NVIDIA-Y100",
        "nvidia.com/gpu.compute.major": "9",
        "nvidia.com/gpu.compute.minor": "4",
        "nvidia.com/cuda.driver-version.full": "580.1",
    }
    node = KubernetesNode(labels=labels, capacity={"nvidia.com/mig-1g.7gb": "1", "memory": "64G"}, allocatable=None)
    (found,) = gpus_of_node(node)
    hardware = found.declared.hardware
    assert hardware is not None
    (piece,) = hardware.gpus[0].slices
    assert (piece.name, piece.compute_capability) == ("NVIDIA X100 MIG 1g.7gb", (9, 4))
    assert (hardware.driver_version, hardware.ram) == ("580.1", HostMemory(total_bytes=64 * 10**9))


@pytest.mark.parametrize("missing", ["major", "minor"])
def test_half_a_compute_capability_is_none(missing: str) -> None:
    parts = {f"nvidia.com/gpu.compute.{part}": "9" for part in ("major", "minor") if part != missing}
    labels = {key: value for key, value in T4.items() if ".compute." not in key} | parts
    (found,) = gpus_of_node(KubernetesNode(labels=labels, capacity={GPU: "1"}, allocatable=None))
    assert found.declared.hardware is not None
    assert found.declared.hardware.gpus[0].compute_capability == (7, 5)


@pytest.mark.parametrize("kind", ["g6.xlarge", "ml.g6.xlarge", "Standard_NC24ads_A100_v4"])
def test_machines_of_clouds_name_their_gpus(kind: str) -> None:
    ((_, found, _, reason, _),) = of({"node.kubernetes.io/instance-type": kind}, {GPU: "1"})
    assert (found.startswith("1x "), reason) == (True, None)
