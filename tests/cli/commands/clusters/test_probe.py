"""``mgr inventory probe``."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry.hardware.inventory import probing
from model_garden_registry.hardware.inventory.errors import ClusterError
from model_garden_registry.hardware.inventory.inventories import Inventory

Ask = Callable[..., Any]


def test_the_inventory_is_json(mgr: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "probe_ray", lambda address: Inventory(source=address, as_of=None, nodes=()))
    answer = mgr("inventory", "probe", "--ray", "auto")
    assert (answer.code, json.loads(answer.out)["source"]) == (0, "auto")


def test_no_cluster_is_no_answer(mgr: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(address: str) -> Inventory:
        raise ClusterError(address, "nobody listens")

    monkeypatch.setattr(probing, "probe_ray", refuse)
    answer = mgr("inventory", "probe", "--ray", "h:1")
    assert (answer.code, answer.err) == (3, "mgr: error: no answer from the cluster at h:1: nobody listens\n")


def test_without_ray_the_extra_is_named(mgr: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    answer = mgr("inventory", "probe", "--ray", "auto")
    assert (answer.code, answer.err) == (
        3,
        "mgr: error: ray is not installed; in a checkout run: pip install '.[ray]'\n",
    )
