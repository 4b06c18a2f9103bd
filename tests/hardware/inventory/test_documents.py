"""Inventories as documents: nothing is lost on the way there and back, and what people write by hand is understood."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.hardware.gpus import Gpu, Hardware, HostMemory
from model_garden_registry.hardware.inventory.documents import inventory_document, parse_inventory
from model_garden_registry.hardware.inventory.errors import InventoryError
from model_garden_registry.hardware.inventory.inventories import Inventory, InventoryNode
from model_garden_registry.hardware.inventory.offers import Offer
from model_garden_registry.hardware.known_gpus import known_gpu
from model_garden_registry.units import GIB

MACHINES = [
    None,
    known_gpu("8x H100"),
    known_gpu("A100:4"),
    known_gpu("A100-80GB MIG 1g.10gb", count=3),
    Hardware(source="file", gpus=(Gpu(index=0, name="L4", total_bytes=22 * GIB),), ram=HostMemory(total_bytes=GIB)),
    Hardware(source="file"),
]
OFFERS = [
    None,
    Offer(resource="gpu:h100", feature="a&b"),
    Offer(resource="nvidia.com/gpu", labels=(("agentpool", "a"), ("nvidia.com/gpu.product", "NVIDIA-L4"))),
]
lines = st.text(min_size=1, max_size=20).filter(str.strip)
nodes = st.builds(
    InventoryNode,
    name=lines,
    count=st.integers(1, 1000),
    pool=lines,
    hardware=st.sampled_from(MACHINES),
    exact=st.booleans(),
    reason=lines,
    free_gpus=st.none() | st.integers(0, 8),
    offered=st.sampled_from(OFFERS),
)
inventories = st.builds(
    Inventory,
    source=lines,
    as_of=st.none() | st.datetimes().map(lambda moment: f"{moment.replace(microsecond=0).isoformat()}Z"),
    nodes=st.lists(nodes, max_size=4).map(tuple),
)


@given(inventories)
def test_an_inventory_comes_back_from_its_document(inventory: Inventory) -> None:
    assert parse_inventory(json.loads(json.dumps(inventory_document(inventory)))) == inventory


def test_a_node_written_by_hand_needs_a_name_and_hardware() -> None:
    (node,) = parse_inventory({"nodes": [{"name": "a", "hardware": "2x L4"}]}).nodes
    assert node == InventoryNode(name="a", count=1, pool="default", hardware=known_gpu("2x L4"), exact=False)


def test_gpus_given_with_their_memory_are_exact() -> None:
    given = {"gpus": [{"name": "L4", "total_mib": 23034}]}
    inventory = parse_inventory({"nodes": [{"name": "a", "hardware": given}], "made_by": "us"})
    assert (inventory.source, inventory.as_of, inventory.nodes[0].exact) == ("file", None, True)


def test_how_gpus_are_asked_for_may_be_written_by_hand() -> None:
    (node,) = parse_inventory({"nodes": [{"name": "a", "hardware": "L4", "offered": {"resource": "gpu:ada"}}]}).nodes
    assert node.offered == Offer(resource="gpu:ada")


def test_unknown_hardware_has_a_reason() -> None:
    (node,) = parse_inventory({"nodes": [{"name": "a", "hardware": None}]}).nodes
    assert (node.hardware, node.exact, node.reason) == (None, False, "its hardware is not stated")


def test_equal_hardware_is_one_object() -> None:
    given = {"gpus": [{"name": "L4", "total_mib": 23034}]}
    first, second = parse_inventory({"nodes": [{"name": name, "hardware": given} for name in "ab"]}).nodes
    assert first.hardware is second.hardware


def of(**node: Any) -> dict[str, Any]:
    return {"nodes": [{"name": "a", "hardware": None, **node}]}


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], "the top: an object, found []"),
        ({}, "/nodes: a required key, found nothing"),
        ({"format": "mgr.hardware/1", "nodes": []}, '/format: one of mgr.inventory/1, found "mgr.hardware/1"'),
        ({"nodes": 5}, "/nodes: a list, found 5"),
        ({"nodes": [5]}, "/nodes/0: an object, found 5"),
        ({"nodes": [{"name": "a"}]}, "/nodes/0/hardware: a required key, found nothing"),
        ({"nodes": [{"hardware": None}]}, "/nodes/0/name: a required key, found nothing"),
        (
            {"nodes": [], "as_of": "today"},
            '/as_of: a moment with UTC offset, such as 2026-11-23T00:00:00Z, found "today"',
        ),
        (of(name=" "), '/nodes/0/name: a text that is not empty, found " "'),
        (of(name="a" * 10_001), "/nodes/0/name: at most 10000 characters, found 10001"),
        (of(count=0), "/nodes/0/count: a number of nodes from 1 to 1000000, found 0"),
        (of(count=True), "/nodes/0/count: an integer from 0 to 2^64 - 1, found true"),
        (of(count=10**7), "/nodes/0/count: a number of nodes from 1 to 1000000, found 10000000"),
        (of(pool=[]), "/nodes/0/pool: a text, found []"),
        (of(exact=1), "/nodes/0/exact: true or false, found 1"),
        (of(free=5), "/nodes/0/free: an object, found 5"),
        (of(free={"gpus": -1}), "/nodes/0/free/gpus: an integer from 0 to 2^64 - 1, found -1"),
        (of(hardware=8), "/nodes/0/hardware: an object, found 8"),
        (of(offered="gpu"), '/nodes/0/offered: an object, found "gpu"'),
        (of(offered={}), "/nodes/0/offered/resource: a required key, found nothing"),
        (of(offered={"resource": 8}), "/nodes/0/offered/resource: a text, found 8"),
        (of(offered={"resource": "gpu a"}), "/nodes/0/offered: resource: gpu, gpu:TYPE or DOMAIN/NAME"),
        (of(offered={"resource": "gpu", "feature": 8}), "/nodes/0/offered/feature: a text, found 8"),
        (
            of(offered={"resource": "gpu", "feature": "a|b"}),
            "/nodes/0/offered: feature: a word, or two with & between them",
        ),
        (of(offered={"resource": "gpu", "labels": []}), "/nodes/0/offered/labels: an object, found []"),
        (
            of(offered={"resource": "gpu", "labels": {"a": 1}}),
            '/nodes/0/offered/labels: an object of texts, found {"a": 1}',
        ),
        (
            of(offered={"resource": "nvidia.com/gpu", "labels": {"a b": ""}}),
            "/nodes/0/offered: labels: names and values as Kubernetes has them",
        ),
        (of(hardware={"gpus": [{"name": "L4"}]}), "/nodes/0/hardware/gpus/0/total_mib: a required key, found nothing"),
    ],
)
def test_a_wrong_value_is_named_with_its_pointer(document: object, said: str) -> None:
    with pytest.raises(InventoryError) as caught:
        parse_inventory(document)
    assert str(caught.value) == said


def test_an_unknown_gpu_is_answered_with_near_names() -> None:
    with pytest.raises(InventoryError, match=r"^/nodes/0/hardware: no GPU 'L5' in the table"):
        parse_inventory(of(hardware="L5"))


@pytest.mark.parametrize("bounds", [{"most_entries": 1}, {"most_nodes": 5}])
def test_an_inventory_is_bounded(bounds: Mapping[str, int]) -> None:
    two = {"nodes": [{"name": name, "count": 3, "hardware": None} for name in "ab"]}
    assert len(parse_inventory(two).nodes) == 2
    with pytest.raises(InventoryError, match=r"^/nodes: at most [15]"):
        parse_inventory(two, **bounds)
