"""Which models go on which nodes, as a document."""

from __future__ import annotations

import json
from typing import Any

import pytest
from clusters import inventory, nodes, unknown

from model_garden_registry import load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.errors import MissingShapeError
from model_garden_registry.payloads.clusters.placements import placement_document
from model_garden_registry.payloads.shapes.clusters.placements import PlacementDocument
from model_garden_registry.placement.needs import Wanted
from model_garden_registry.placement.placing import Rules, place

SMALL, LARGE = "Qwen/Qwen3-8B", "meta-llama/Llama-3.3-70B-Instruct"
THERE = inventory(
    nodes("8x H100 SXM", pool="big", name="dgx"), nodes("4x L4", pool="small", name="l", free=3), unknown("?")
)


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """Give the document of a placement of one model that fits, and one of which too many are asked for."""
    registry = load_registry(bundled_registry())
    placement = registry.place(
        "inference", ["unsloth/Qwen3-8B", LARGE], THERE, replicas={SMALL: 2, LARGE: 3}, seconds=60
    )
    return placement_document(placement)


def test_the_head_says_what_packed_and_how_well(document: dict[str, Any]) -> None:
    """And for which inventory."""
    head = {key: value for key, value in document.items() if not isinstance(value, list)}

    assert head == {
        "format": "mgr.placement/1",
        "task": "inference",
        "inventory": {"source": "slurm", "as_of": "2026-11-23T00:00:00Z"},
        "solver": "cpsat",
        "quality": "optimal",
        "seconds": 60,
        "note": None,
        "is_complete": False,
        "gpus": 2,
        "idle_gb": head["idle_gb"],
    }


def test_a_model_has_its_places_and_what_each_pool_is_to_it(document: dict[str, Any]) -> None:
    """The one without a place has the reason."""
    small, large = document["models"]
    on = {"pool": "small", "gpu": "L4", "is_slice": False, "gpu_gb": 24.153}

    assert (small["id"], small["asked"], small["replicas"], small["is_placed"], small["reason"]) == (
        SMALL,
        "unsloth/Qwen3-8B",
        2,
        True,
        None,
    )
    (where,) = small["places"]
    assert (
        where.items()
        >= {
            **on,
            "entries": ["l"],
            "nodes": 1,
            "replicas": 2,
            "gpus": 1,
            "span": 1,
            "verdict": "ok",
            "changes": {},
        }.items()
    )
    assert small["options"][1] == {
        **on,
        "gpus": 1,
        "span": 1,
        "at_once": 3,
        "more": 1,
        "verdict": "ok",
        "reason": None,
    }
    assert "asked" not in large
    assert (large["is_placed"], large["places"]) == (False, [])
    assert large["reason"].startswith("3 replicas do not fit: there is space for 2")
    assert large["options"][1]["reason"] is not None


def test_nodes_and_pools_are_counted(document: dict[str, Any]) -> None:
    """With what is on them, what was in use, and what is left."""
    nodes_of = {one["node"]: one for one in document["nodes"]}
    pools = {one["pool"]: one for one in document["pools"]}

    assert nodes_of["l"]["models"] == [{"id": SMALL, "replicas": 2, "gpus": 1, "span": 1}]
    assert {key: nodes_of["l"][key] for key in ("count", "gpus", "free", "left")} == {
        "count": 1,
        "gpus": 4,
        "free": 3,
        "left": 1,
    }
    assert {key: pools["small"][key] for key in ("nodes", "gpus", "busy", "used", "left", "most_left")} == {
        "nodes": 1,
        "gpus": 4,
        "busy": 1,
        "used": 2,
        "left": 1,
        "most_left": 1,
    }
    assert document["left_out"] == [{"pool": "odd", "node": "odd", "count": 2, "reason": "?"}]


def test_the_document_has_its_shape(document: dict[str, Any]) -> None:
    """Exact types, and no unknown key."""
    PlacementDocument.model_validate_json(json.dumps(document))


def test_chosen_settings_are_the_changes_of_a_place() -> None:
    """With them, the entry's own settings have the verdict."""
    placement = load_registry(bundled_registry()).place("inference", ["Qwen/Qwen3-32B"], inventory(nodes("8x L4")))
    (where,) = placement_document(placement)["models"][0]["places"]

    assert where["gpus"] > 1
    assert where["changes"] == {"tensor_parallel_size": where["gpus"]}


def test_what_cannot_be_judged_has_no_verdict() -> None:
    """Nor settings."""
    error = MissingShapeError("org/a", "head_dim")
    document = placement_document(place("inference", [Wanted(subject="org/a", problem=error)], THERE, Rules()))
    (model,) = document["models"]

    assert {option["verdict"] for option in model["options"]} == {None}
    assert {option["reason"] for option in model["options"]} == {model["reason"]} == {str(error)}
    PlacementDocument.model_validate_json(json.dumps(document))
