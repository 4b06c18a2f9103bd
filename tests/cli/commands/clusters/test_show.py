"""``mgr inventory show``: what is no inventory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from cluster_samples import KUBECTL

Ask = Callable[..., Any]


def test_captured_output_is_no_inventory(mgr: Ask) -> None:
    answer = mgr("inventory", "show", KUBECTL)
    assert (answer.code, answer.out) == (2, "")
    problem = "/nodes: a required key, found nothing; first make an inventory: mgr inventory from kubernetes"
    assert answer.err == f"mgr: error: {KUBECTL}: {problem}\n"


def test_a_name_of_many_gpus_is_short_and_slices_are_called_so(mgr: Ask, tmp_path: Path) -> None:
    """The reason below has all of them."""
    text = "NodeName=n CPUAlloc=0 State=IDLE Partitions=p AllocTRES= Gres="
    (tmp_path / "nodes").write_text(f"{text}gpu:1g.10gb:7\n{text.replace('=n', '=m', 1)}gpu:h100:2\n")
    (tmp_path / "made").write_text(mgr("inventory", "from", "slurm", tmp_path / "nodes").out)

    title, _, _, pool, *rows = mgr("inventory", "show", tmp_path / "made").out.splitlines()

    assert title == "2 nodes with 9 GPUs and MIG slices in 1 pool: slurm"
    assert pool == "p: 2 nodes with 9 GPUs and MIG slices"
    assert [" ".join(row.split()) for row in rows] == [
        (
            "n 1 7x A100 40GB MIG 1g.10gb or 2 others 10.2 to 10.5 7 of 7 table "
            "the name means several GPUs: A100 40GB, A100 80GB, H100 80GB"
        ),
        "m 1 2x H100 80GB or 2x H100 NVL 85.5 or 100.5 2 of 2 table the name means several GPUs: H100 80GB, H100 NVL",
    ]
