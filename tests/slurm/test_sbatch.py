"""
Exported batch scripts, taken by the sbatch of a real slurmctld: nothing is started.

Run by ``nox -s slurm``: it needs Slurm and root.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from slurm.controller import Controller, controller

from model_garden_registry import known_gpu, load_registry

if not all(map(shutil.which, ("slurmctld", "sbatch", "munged"))):
    pytest.skip("needs slurmctld, sbatch and munged", allow_module_level=True)

#: Nodes of a cloud, since those that no slurmd speaks for are available to no job otherwise.
NODES = """
SuspendProgram=/bin/true
ResumeProgram=/bin/true
SuspendTime=-1
NodeName=dgx[01-02] NodeAddr=127.0.0.1 CPUs=224 RealMemory=2063837 Gres=gpu:h100:8 State=CLOUD
NodeName=a100-1 NodeAddr=127.0.0.1 CPUs=128 RealMemory=1031000 Gres=gpu:a100:4 State=CLOUD
PartitionName=gpu Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""
SMALL, LARGE = "Qwen/Qwen3-8B", "Qwen/Qwen3-235B-A22B"


@pytest.fixture(scope="module")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Controller]:
    """Give a controller of two nodes with eight H100 each, and others."""
    with controller(tmp_path_factory.mktemp("slurm"), NODES) as running:
        yield running


def nodes_for(slurm: Controller, script: Path) -> str:
    """Return the nodes on which sbatch would start a script; its complaint if it would not."""
    done = slurm.ask("sbatch", "--test-only", str(script), check=False)
    said = f"{done.stdout}{done.stderr}"
    found = re.search(r"on nodes (\S+) in partition gpu", said)
    return found[1] if found else said


@pytest.mark.parametrize(
    ("model", "asked", "nodes"),
    [
        pytest.param(SMALL, {"hardware": ("H100", 1)}, "dgx01", id="one GPU"),
        pytest.param(LARGE, {"hardware": ("H100", 8)}, "dgx01", id="all GPUs of a node"),
        pytest.param(LARGE, {"hardware": ("H100", 8), "nodes": 2}, "dgx[01-02]", id="all GPUs of two nodes"),
        pytest.param(LARGE, {"hardware": ("H100", 4), "nodes": 2, "engine": "sglang"}, "dgx[01-02]", id="SGLang"),
        pytest.param(SMALL, {"hardware": ("A100 SXM4 80GB", 1)}, "a100-1", id="another type"),
        pytest.param(SMALL, {"hardware": ("H100", 1), "replicas": 3}, "dgx01", id="an array"),
        pytest.param(SMALL, {"task": "training", "stack": "trl", "hardware": ("H100", 1)}, "dgx01", id="a run"),
        pytest.param(
            SMALL,
            {"task": "training", "stack": "axolotl", "nodes": 2, "n_gpus": 16, "sharding": "fsdp2"}
            | {"hardware": ("H100", 8), "optim": "adamw_torch"},
            "dgx[01-02]",
            id="a run on two nodes",
        ),
    ],
)
def test_a_script_would_start(slurm: Controller, model: str, asked: dict[str, Any], nodes: str, tmp_path: Path) -> None:
    """On nodes with the GPUs that it was judged for."""
    name, count = asked.pop("hardware")
    script = tmp_path / "job.sh"
    made = load_registry().export(model, "slurm", hardware=known_gpu(name, count=count), **asked)
    script.write_text(made.text, encoding="utf-8")

    assert nodes_for(slurm, script) == nodes


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param({"hardware": ("H200", 8)}, id="a type that no node has"),
        pytest.param({"hardware": ("H100", 8), "nodes": 3}, id="more nodes than there are"),
    ],
)
def test_a_script_for_what_is_not_there_is_refused(slurm: Controller, asked: dict[str, Any], tmp_path: Path) -> None:
    """By sbatch, which knows the GPUs of a cluster: so the test above can fail."""
    name, count = asked.pop("hardware")
    script = tmp_path / "job.sh"
    made = load_registry().export(LARGE, "slurm", hardware=known_gpu(name, count=count), **asked)
    script.write_text(made.text, encoding="utf-8")

    assert "Requested node configuration is not available" in nodes_for(slurm, script)
