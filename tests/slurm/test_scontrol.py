"""
What the scontrol of a real slurmctld prints of made-up nodes.

Run by ``nox -s slurm``: it needs Slurm and root.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster_samples import nodes
from slurm.controller import Controller, controller

from model_garden_registry.inventory_files import read_cluster, read_inventory

if not all(map(shutil.which, ("slurmctld", "scontrol", "munged"))):
    pytest.skip("Slurm is not installed", allow_module_level=True)

SEVERAL = "the name means several GPUs: A100 40GB, A100 80GB"
RIGHT = {
    ("a100-1", 1, "4x A100 40GB 40960 or 4x A100 80GB 81920", SEVERAL, 4),
    ("cpu1", 1, "none", None, 0),
    ("dgx[01-02]", 2, "8x H100 80GB 81559", None, 8),
    ("mig1", 1, "2x A100 40GB MIG 3g.20gb 19968", None, 2),
    ("mig1", 1, "4x A100 40GB MIG 1g.5gb 4864", None, 4),
    ("plain1", 1, "?", "Slurm states no GPU type (gpu:8)", 8),
}


@pytest.fixture(scope="module")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Controller]:
    with controller(tmp_path_factory.mktemp("slurm")) as running:
        yield running


@pytest.mark.parametrize("how", [("-o",), ()], ids=["a line each", "several lines"])
def test_nodes_are_read_as_they_were_configured(how: tuple[str, ...], slurm: Controller, tmp_path: Path) -> None:
    text = slurm.ask("scontrol", *how, "show", "nodes").stdout
    (tmp_path / "nodes.txt").write_text(text, encoding="utf-8")
    found = read_cluster("slurm", tmp_path / "nodes.txt")
    assert {*nodes(found)} == RIGHT
    assert {node.pool for node in found.nodes} == {"gpu,all", "all"}


def test_a_drained_node_says_why(tmp_path: Path) -> None:
    with controller(tmp_path / "slurm") as slurm:
        slurm.ask("scontrol", "update", "NodeName=dgx02", "State=DRAIN", "Reason=Bad DIMM=3 Gres=gpu:l4:1")
        (tmp_path / "nodes.txt").write_text(slurm.ask("scontrol", "-o", "show", "nodes").stdout, encoding="utf-8")
    told = {one[0]: one[2:] for one in nodes(read_cluster("slurm", tmp_path / "nodes.txt"))}
    assert told["dgx02"] == ("8x H100 80GB 81559", "drained: Bad DIMM=3 Gres=gpu:l4:1", 0)
    assert told["dgx01"][1] is None


def test_the_command_reads_a_pipe(slurm: Controller, tmp_path: Path) -> None:
    text = slurm.ask("scontrol", "-o", "show", "nodes").stdout
    call = [sys.executable, "-m", "model_garden_registry", "inventory", "from", "slurm", "-"]
    done = subprocess.run(call, input=text, check=True, capture_output=True, text=True)
    (tmp_path / "inventory.json").write_text(done.stdout, encoding="utf-8")
    assert {*nodes(read_inventory(tmp_path / "inventory.json"))} == RIGHT
