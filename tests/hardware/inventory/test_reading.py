"""The readers by program."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from cluster_samples import KUBECTL, RAY, SLURM_JSON, SLURM_TEXT, sample

from model_garden_registry.hardware.inventory.errors import InventoryError
from model_garden_registry.hardware.inventory.reading import MANAGERS, Manager, manager_of, read_captured

SLICE = {"kind": "ResourceSlice", "spec": {"driver": "gpu.nvidia.com", "pool": {"name": "n"}}}
CAPTURED: dict[Manager, object] = {
    "slurm": sample(SLURM_JSON),
    "kubernetes": sample(KUBECTL),
    "dra": {"kind": "List", "items": [SLICE]},
    "ray": sample(RAY),
}


@pytest.mark.parametrize("manager", MANAGERS)
def test_each_output_is_read_by_its_reader(manager: Manager) -> None:
    assert read_captured(manager, CAPTURED[manager]).source == manager
    assert manager_of(CAPTURED[manager]) == manager


@pytest.mark.parametrize("manager", MANAGERS)
@pytest.mark.parametrize("other", MANAGERS)
def test_output_of_another_program_is_named(manager: Manager, other: Manager) -> None:
    if manager == other:
        return
    with pytest.raises(InventoryError, match=f"; did you mean: mgr inventory from {other}$"):
        read_captured(manager, CAPTURED[other])


@pytest.mark.parametrize(
    ("captured", "manager"),
    [
        ({"nodes": [], "meta": {}}, "slurm"),
        ({"nodes": [], "last_update": {}}, "slurm"),
        ([{"NodeID": "x"}], "ray"),
        ([{"node_id": "x"}], "ray"),
        ({"kind": "Node"}, "kubernetes"),
        ({"kind": "NodeList", "items": []}, "kubernetes"),
        ({"kind": "List", "items": []}, "kubernetes"),
        ({"items": [{"kind": "Node"}]}, "kubernetes"),
        ([{"kind": "Node"}], "kubernetes"),
        ({"kind": "ResourceSlice"}, "dra"),
        ({"nodes": 5, "meta": {}, "kind": "List"}, "kubernetes"),
    ],
)
def test_output_is_known_by_its_keys(captured: object, manager: Manager) -> None:
    """A list, an object that holds one, or one node; of each version."""
    assert manager_of(captured) == manager


def test_what_is_wrong_is_said_with_its_place() -> None:
    """With the guess too."""
    named = [{"kind": "Node", "metadata": {"name": 5}}]
    with pytest.raises(InventoryError) as caught:
        read_captured("kubernetes", named)
    assert (caught.value.where, str(caught.value)) == ("/0/metadata/name", "/0/metadata/name: a text, found 5")
    with pytest.raises(InventoryError) as caught:
        read_captured("ray", named)
    assert str(caught.value) == (
        "/0/NodeID: a required key, found nothing; did you mean: mgr inventory from kubernetes"
    )


@pytest.mark.parametrize(
    "captured", [5, [], [5], {}, {"nodes": []}, {"items": []}, {"items": {"a": 1}}, {"kind": "Service"}]
)
def test_what_is_nobodys_is_refused_without_a_guess(captured: object) -> None:
    assert manager_of(captured) is None
    with pytest.raises(InventoryError) as caught:
        read_captured("kubernetes", captured)
    assert "did you mean" not in str(caught.value)


def test_a_text_is_scontrols() -> None:
    assert read_captured("slurm", SLURM_TEXT.read_text(encoding="utf-8")).source == "slurm"
    with pytest.raises(InventoryError, match=r"^line 1: a line that starts with NodeName="):
        read_captured("slurm", "x")


def _slurm(nodes: int) -> object:
    kinds = ("gpu:h100:8", "gpu:a100:4(S:0-1)", "gpu:l4:2", "gpu:8", "gpu:a100_3g.20gb:2,gpu:a100_1g.5gb:4", "")
    given = [
        {"name": f"n{index:06}", "gres": kinds[index % len(kinds)], "gres_used": "", "partitions": ["a", "b"]}
        for index in range(nodes)
    ]
    return {"nodes": given}


def _kubernetes(nodes: int) -> object:
    labels = {"nvidia.com/gpu.product": "NVIDIA-L4", "nvidia.com/gpu.memory": "23034", "nvidia.com/gpu.count": "2"}
    # Names without a pattern, and RAM that differs by kilobytes, as clouds have them.
    status = [{"capacity": {"nvidia.com/gpu": "2", "memory": f"{64_000_000 + index}Ki"}} for index in range(nodes)]
    return [
        {"kind": "Node", "metadata": {"name": f"{index * 7919 % 999983:x}-x", "labels": labels}, "status": one}
        for index, one in enumerate(status)
    ]


@pytest.mark.parametrize(("manager", "made"), [("slurm", _slurm), ("kubernetes", _kubernetes)])
def test_four_times_the_nodes_take_at_most_five_times_as_long(manager: Manager, made: Callable[[int], object]) -> None:
    """For 1,000 nodes and 4,000, the best of three; measured again where a busy machine disturbs."""

    def seconds(captured: object) -> float:
        taken = []
        for _ in range(3):
            started = time.process_time()
            read_captured(manager, captured)
            taken.append(time.process_time() - started)
        return min(taken)

    few, many = made(1_000), made(4_000)
    read_captured(manager, few)
    ratios = (seconds(many) / seconds(few) for _ in range(3))
    assert any(ratio <= 5 for ratio in ratios)


def test_thousands_of_nodes_are_a_few_entries() -> None:
    found = read_captured("slurm", _slurm(6_000))
    assert sum(node.count for node in found.nodes) == 7_000  # a node with two kinds of slices is in two entries
    assert len(found.nodes) == 7


def test_the_longest_name_that_an_inventory_may_have_is_read() -> None:
    node = {"name": "x" * 10_000, "partitions": ["y" * 10_000], "gres": "gpu:l4:1"}
    (found,) = read_captured("slurm", {"nodes": [node]}).nodes
    assert (len(found.name), len(found.pool)) == (10_000, 10_000)


@pytest.mark.parametrize("what", ["name", "pool"])
@pytest.mark.parametrize(("text", "found"), [(" ", "without a character"), ("x" * 10_001, "of 10001 characters")])
@pytest.mark.parametrize("manager", ["slurm", "kubernetes", "dra", "ray"])
def test_names_that_no_inventory_may_have_are_refused(manager: Manager, what: str, text: str, found: str) -> None:
    """Else the inventory that is written could not be read."""
    name, pool = (text, "p") if what == "name" else ("n", text)
    labels = {"nvidia.com/gpu.product": "NVIDIA-L4", "eks.amazonaws.com/nodegroup": pool, "pool": pool}
    device = {"name": "d", "attributes": {"type": {"string": "gpu"}, "productName": {"string": "NVIDIA L4"}}}
    device["capacity"] = {"memory": {"value": "23034Mi"}}
    spec = {"driver": "gpu.nvidia.com", "nodeName": name, "pool": {"name": pool}, "devices": [device]}
    captured: dict[Manager, object] = {
        "slurm": {"nodes": [{"name": name, "partitions": [pool], "gres": "gpu:l4:1"}]},
        "kubernetes": {"kind": "Node", "metadata": {"name": name, "labels": labels}},
        "dra": {"kind": "ResourceSlice", "spec": spec},
        "ray": [{"NodeID": "a", "Alive": True, "NodeName": name, "Resources": {"GPU": 1.0}, "Labels": labels}],
    }
    if (manager, what, text) == ("ray", "pool", " "):  # it is the default's
        assert read_captured(manager, captured[manager]).nodes[0].pool == "default"
        return
    with pytest.raises(InventoryError, match=f"^a node has a {what} {found}$"):
        read_captured(manager, captured[manager])


@pytest.mark.parametrize("manager", ["slurm", "kubernetes", "dra", "ray"])
def test_output_that_is_there_twice_is_not_a_cluster_of_twice_the_size(manager: Manager) -> None:
    """As a second ``>>`` into the same file makes it: a GPU would be used twice."""
    captured: dict[Manager, object] = {
        "slurm": {"nodes": [{"name": "n", "gres": "gpu:l4:1"}] * 2},
        "kubernetes": {"kind": "List", "items": [{"kind": "Node", "metadata": {"name": "n"}}] * 2},
        "dra": {"kind": "List", "items": [SLICE | {"metadata": {"name": "n"}}] * 2},
        "ray": [{"NodeID": "n", "Alive": True}] * 2,
    }
    for given in (captured[manager], *([SLURM_TEXT.read_text(encoding="utf-8") * 2] if manager == "slurm" else [])):
        with pytest.raises(
            InventoryError, match=r"^the (node|ResourceSlice) '.+' is there twice: capture the output once$"
        ):
            read_captured(manager, given)
