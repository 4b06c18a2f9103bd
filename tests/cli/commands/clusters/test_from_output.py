"""``mgr inventory from``: what is no such output is one line, also as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from cluster_samples import KUBECTL

Ask = Callable[..., Any]


def test_output_of_another_program_is_told(mgr: Ask) -> None:
    answer = mgr("inventory", "from", "slurm", KUBECTL)
    said = f"{KUBECTL}: /nodes: a required key, found nothing; did you mean: mgr inventory from kubernetes"
    assert (answer.code, answer.out, answer.err) == (2, "", f"mgr: error: {said}\n")


def test_the_error_is_a_document_where_json_is_asked_for(mgr: Ask) -> None:
    answer = mgr("inventory", "from", "ray", KUBECTL, "--json")
    document = json.loads(answer.out)
    assert (answer.code, document["error"], document["where"]) == (2, "InventoryError", "/nodes")
    assert document["path"] == str(KUBECTL)


def test_an_unknown_manager_has_near_names(mgr: Ask) -> None:
    answer = mgr("inventory", "from", "kubernets", KUBECTL)
    assert answer.code == 2
    assert "did you mean kubernetes" in answer.err
    for manager in ("slurm", "kubernetes", "dra", "ray"):
        assert manager in mgr("inventory", "from", "--help").out
