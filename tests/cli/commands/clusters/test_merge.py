"""``mgr inventory merge``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Ask = Callable[..., Any]


def test_snapshots_are_nodes_with_the_name_of_their_file(mgr: Ask) -> None:
    snapshot = {"format": "mgr.hardware/1", "gpus": [{"name": "NVIDIA L4", "total_mib": 23034}]}
    for name in ("n1.json", "n2.json"):
        Path(name).write_text(json.dumps(snapshot), encoding="utf-8")
    answer = mgr("inventory", "merge", "n1.json", "n2.json", "--pool", "gpu", "--json")
    (node,) = json.loads(answer.out)["nodes"]
    assert (answer.code, node["name"], node["count"], node["pool"], node["exact"]) == (0, "n[1-2]", 2, "gpu", True)


def test_a_file_that_is_neither_is_told(mgr: Ask) -> None:
    Path("a.json").write_text("{}", encoding="utf-8")
    answer = mgr("inventory", "merge", "a.json")
    assert (answer.code, answer.err) == (2, "mgr: error: a.json: /nodes: a required key, found nothing\n")


def test_a_pool_has_a_name(mgr: Ask) -> None:
    answer = mgr("inventory", "merge", "a.json", "--pool", " ")
    assert (answer.code, "the name is empty" in answer.err) == (2, True)
