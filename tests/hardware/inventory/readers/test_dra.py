"""Kubernetes' ResourceSlices."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from cluster_samples import SLICES, nodes

from model_garden_registry.errors import HardwareFileError
from model_garden_registry.hardware.inventory.errors import InventoryError
from model_garden_registry.hardware.inventory.readers.dra import dra_inventory

T4 = yaml.safe_load(SLICES.read_bytes())


def device(
    kind: str = "gpu", product: str = "NVIDIA A100-SXM4-40GB", memory: object = "40Gi", **more: Any
) -> dict[str, Any]:
    attributes = {
        "gpu.nvidia.com/type": {"string": kind},
        "productName": {"string": product},
        "cudaComputeCapability": {"version": "8.0.0"},
        "driverVersion": {"version": "580.159.4"},
        **more.pop("attributes", {}),
    }
    return {"name": "d", "attributes": attributes, "capacity": {"memory": {"value": memory}}, **more}


def one(*devices: Any, node: str | None = "n", pool: str = "n", **spec: Any) -> dict[str, Any]:
    given = {"driver": "gpu.nvidia.com", "nodeName": node, "pool": {"name": pool}, "devices": [*devices], **spec}
    return {"kind": "ResourceSlice", "spec": given}


def test_a_published_slice_has_the_memory_of_the_driver_and_not_the_rounded_one() -> None:
    found = dra_inventory(T4)
    assert nodes(found) == [("node0", 1, "1x T4 15360", None, None)]
    assert (found.source, found.nodes[0].pool, found.nodes[0].exact) == ("dra", "default", False)


def test_stated_memory_counts_where_it_is_not_rounded() -> None:
    found = dra_inventory({"kind": "List", "items": [one(device(memory="40960Mi"), device(memory="40960Mi"))]})
    assert nodes(found) == [("n", 1, "2x A100 SXM4 40GB 40960", None, None)]
    hardware = found.nodes[0].hardware
    assert hardware is not None
    assert (hardware.driver_version, hardware.gpus[0].compute_capability) == ("580.159.4", (8, 0))


def test_slices_are_devices_by_profile() -> None:
    piece = device("mig", attributes={"profile": {"string": "1g.5gb"}}, memory="4864Mi")
    assert nodes(dra_inventory([one(piece, piece, device())])) == [
        ("n", 1, "2x A100 SXM4 40GB MIG 1g.5gb 4864", None, None),
        ("n", 1, "1x A100 SXM4 40GB 40960", None, None),
    ]
    assert nodes(dra_inventory([one(device("mig", memory="5Gi"))]))[0][2] == "1x A100 SXM4 40GB 5120"


def test_partitions_of_a_gpu_that_is_there_whole_are_not_counted_beside_it() -> None:
    counters = [{"counterSet": "gpu-0"}]
    piece = device("mig", attributes={"profile": {"string": "1g.5gb"}}, consumesCounters=counters)
    assert nodes(dra_inventory(one(device(consumesCounters=counters), piece, piece))) == [
        ("n", 1, "1x A100 SXM4 40GB 40960", None, None)
    ]
    ((_, _, found, reason, _),) = nodes(dra_inventory(one(piece, piece)))
    assert (found, reason) == (
        "?",
        "its devices are partitions that exclude each other, without the whole GPU among them",
    )


def test_a_gpu_that_is_offered_whole_beside_its_slices_is_only_its_slices() -> None:
    whole = device(attributes={"uuid": {"string": "GPU-1"}})
    other = device(attributes={"uuid": {"string": "GPU-2"}})
    cut = {"profile": {"string": "1g.5gb"}, "parentUUID": {"string": "GPU-1"}}
    pieces = [device("mig", attributes={**cut, "uuid": {"string": f"MIG-{n}"}}, memory="4864Mi") for n in range(7)]
    assert [one[2] for one in nodes(dra_inventory(one(whole, other, *pieces)))] == [
        "1x A100 SXM4 40GB 40960",
        "7x A100 SXM4 40GB MIG 1g.5gb 4864",
    ]


def test_older_versions_of_the_api_are_read() -> None:
    basic = {"name": "d", "basic": {"attributes": {"productName": {"string": "L4"}}, "capacity": {"memory": "23034Mi"}}}
    assert nodes(dra_inventory(one(basic))) == [("n", 1, "1x L4 23034", None, None)]


def test_only_the_newest_generation_of_a_pool_counts() -> None:
    old = one(device(), device(), pool="n")
    new = one(device(), pool="n")
    old["spec"]["pool"]["generation"], new["spec"]["pool"]["generation"] = 1, 2
    assert nodes(dra_inventory([old, new]))[0][2] == "1x A100 SXM4 40GB 40960"


def test_a_pool_of_which_slices_are_missing_is_unknown() -> None:
    given = one(device())
    given["spec"]["pool"]["resourceSliceCount"] = 3
    assert nodes(dra_inventory(given))[0][2:4] == ("?", "1 of its 3 ResourceSlices are there")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (one(), ("none", None)),
        (one(devices=None), ("none", None)),
        (one(device("vfio")), ("none", None)),
        (one(device(taints=[{"effect": "NoSchedule"}])), ("none", None)),
        (one(device(taints=[{"effect": "None"}])), ("1x A100 SXM4 40GB 40960", None)),
        (one(device(memory="x")), ("1x A100 SXM4 40GB 40960", None)),
        (one(device(product="")), ("?", "its ResourceSlice has no productName")),
        (one({"name": "d"}), ("?", "its ResourceSlice has no productName")),
        (one(driver="gpu.amd.com"), ("?", "only NVIDIA GPUs are judged, and its driver is gpu.amd.com")),
    ],
)
def test_devices_that_are_no_gpus_or_not_known(given: object, said: tuple[object, ...]) -> None:
    assert nodes(dra_inventory(given))[0][2:4] == said


def test_channels_between_nodes_are_no_devices() -> None:
    assert dra_inventory([one(device(), driver="compute-domain.nvidia.com")]).nodes == ()


def test_a_pool_that_is_not_the_nodes_own_keeps_its_name() -> None:
    found = dra_inventory(one(device(), node=None, pool="shared")).nodes[0]
    assert (found.name, found.pool) == ("shared", "default")
    assert dra_inventory(one(device(), pool="rack1")).nodes[0].pool == "rack1"


@pytest.mark.parametrize("version", ["8", "x", 5, None])
def test_a_capability_of_another_form_is_that_of_the_table(version: object) -> None:
    given = device(memory="30Gi", attributes={"cudaComputeCapability": {"version": version}})
    hardware = dra_inventory(one(given)).nodes[0].hardware
    assert hardware is not None
    assert hardware.gpus[0].compute_capability == (8, 0)


@pytest.mark.parametrize("captured", [[], {"items": []}, {"kind": "Node"}])
def test_without_a_slice_there_is_no_inventory(captured: object) -> None:
    with pytest.raises(InventoryError, match="there is no item of kind ResourceSlice"):
        dra_inventory(captured)


@pytest.mark.parametrize(
    ("captured", "where"),
    [
        ("x", ""),
        ({"items": 1}, "/items"),
        ([1], "/0"),
        ([{}], "/0/spec"),
        ([{"spec": {}}], "/0/spec/pool"),
        ([{"spec": {"pool": {}}}], "/0/spec/pool/name"),
        ([{"spec": {"pool": {"name": "a"}}}], "/0/spec/driver"),
        ([one(1)], "/0/spec/devices/0"),
        ([one(devices=5)], "/0/spec/devices"),
        ([one({"attributes": []})], "/0/spec/devices/0/attributes"),
        ([one({"capacity": 1})], "/0/spec/devices/0/capacity"),
        ([one({"taints": 1})], "/0/spec/devices/0/taints"),
        ([one({"consumesCounters": [{}]})], "/0/spec/devices/0/consumesCounters/0/counterSet"),
    ],
)
def test_a_value_of_the_wrong_kind_is_named(captured: object, where: str) -> None:
    with pytest.raises(HardwareFileError) as caught:
        dra_inventory(captured)
    assert caught.value.where == where
