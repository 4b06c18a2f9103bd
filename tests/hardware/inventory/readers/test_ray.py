"""Ray's nodes."""

from __future__ import annotations

from typing import Any

import pytest
from cluster_samples import RAY, nodes, sample

from model_garden_registry.errors import HardwareFileError
from model_garden_registry.hardware.inventory.errors import InventoryError
from model_garden_registry.hardware.inventory.readers.ray import ray_inventory

SEVERAL = "the name means several GPUs: H100 80GB, H100 NVL"


def node(**values: Any) -> dict[str, Any]:
    return {"NodeID": "abc", "Alive": True, "NodeManagerHostname": "n", "Resources": {}, **values}


def test_nodes_of_a_real_cluster() -> None:
    found = ray_inventory(sample(RAY))
    assert nodes(found) == [
        ("vm-d3b77308", 1, "8x H100 80GB 81559 or 8x H100 NVL 95830", SEVERAL, None),
        ("vm-b1d89cad", 1, "2x L4 23034", None, None),
    ]
    assert (found.source, [one.pool for one in found.nodes]) == ("ray", ["train", "default"])


def test_the_state_api_is_read_as_well() -> None:
    given = {
        "node_id": "abc",
        "state": "ALIVE",
        "node_ip": "192.0.2.2",
        "resources_total": {"GPU": 4.0, "accelerator_type:A100-80G": 1.0},
        "labels": {"ray.io/node-group": "workers"},
    }
    found = ray_inventory({"result": [given]})
    assert nodes(found) == [("192.0.2.2", 1, "4x A100 80GB 81920", None, None)]
    assert found.nodes[0].pool == "workers"
    assert ray_inventory(given).nodes == found.nodes


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, ("none", None, 0)),
        ({"Resources": None}, ("none", None, 0)),
        ({"Resources": {"GPU": 2, "accelerator_type:L4": 1}}, ("2x L4 23034", None, None)),
        ({"Resources": {"GPU": 2.5, "accelerator_type:L4": 1}}, ("2x L4 23034", None, None)),
        (
            {"Resources": {"GPU": 0.5, "accelerator_type:L4": 1}},
            ("?", "Ray gives tasks 0.5 of a GPU: not a whole one", None),
        ),
        ({"Resources": {"GPU": 8}}, ("?", "Ray states no type of its 8 GPUs", None)),
        ({"Resources": {"GPU": 8}, "Labels": {"ray.io/accelerator-type": "L4"}}, ("8x L4 23034", None, None)),
        (
            {"Resources": {"GPU": 2, "accelerator_type:L4": 1, "accelerator_type:T4": 1}},
            ("?", "Ray states several types (L4, T4) of its 2 GPUs", None),
        ),
        ({"Resources": {"GPU": "many"}}, ("?", "its number of GPUs is 'many'", None)),
        ({"Resources": {"GPU": True}}, ("?", "its number of GPUs is 'True'", None)),
        ({"Resources": {"GPU": float("nan")}}, ("?", "its number of GPUs is 'nan'", None)),
        (
            {"Resources": {"GPU": 1e300, "accelerator_type:L4": 1}},
            ("?", "1000000 is no number of GPUs: a node has 1 to 1024", None),
        ),
        (
            {"Resources": {"TPU": 4, "accelerator_type:TPU-V5LITEPOD": 1}},
            ("?", "only NVIDIA GPUs are judged, and it has TPU-V5LITEPOD", None),
        ),
        ({"Alive": False}, ("?", "dead", 0)),
        ({"Alive": False, "DeathReasonMessage": "health check\nfailed"}, ("?", "dead: health check failed", 0)),
        (
            {"Alive": False, "Resources": {"GPU": 1, "accelerator_type:L4": 1}},
            ("1x L4 23034", "dead", 0),
        ),
    ],
)
def test_gpus_of_a_node(values: dict[str, Any], said: tuple[object, ...]) -> None:
    assert nodes(ray_inventory([node(**values)]))[0][2:] == said


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"NodeID": "abc", "NodeName": "x"}, "x"),
        ({"NodeID": "abc", "alive": True}, "abc"),
        ({"node_id": "abc", "node_name": "", "node_ip": "::1"}, "::1"),
    ],
)
def test_a_node_has_the_first_name_that_is_there(given: dict[str, Any], name: str) -> None:
    assert ray_inventory([given]).nodes[0].name == name


def test_a_dead_node_of_the_state_api_says_why() -> None:
    given = {"node_id": "abc", "state": "DEAD", "state_message": "Expected termination"}
    assert nodes(ray_inventory([given])) == [("abc", 1, "?", "dead: Expected termination", 0)]


def test_an_empty_list_is_no_inventory() -> None:
    with pytest.raises(InventoryError, match="the top: there is no node in the list"):
        ray_inventory([])


@pytest.mark.parametrize(
    ("captured", "where"),
    [
        (5, ""),
        ({}, "/nodes"),
        ([5], "/0"),
        ([{}], "/0/NodeID"),
        ([{"NodeID": 5}], "/0/NodeID"),
        ([node(Alive="yes")], "/0/Alive"),
        ([node(Resources=[])], "/0/Resources"),
        ([node(Labels=1)], "/0/Labels"),
        ([{"NodeID": "a", "state": 1}], "/0/state"),
    ],
)
def test_a_value_of_the_wrong_kind_is_named(captured: object, where: str) -> None:
    with pytest.raises(HardwareFileError) as caught:
        ray_inventory(captured)
    assert caught.value.where == where
