"""
Exported batch scripts, taken by the sbatch of a real slurmctld: nothing is started.

Run by ``nox -s slurm``: it needs Slurm and root.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cluster_samples import gpus
from slurm.controller import Controller, controller

from model_garden_registry import known_gpu, load_registry
from model_garden_registry.hardware.inventory.reading import read_captured

if not all(map(shutil.which, ("slurmctld", "sbatch", "munged"))):
    pytest.skip("needs slurmctld, sbatch and munged", allow_module_level=True)

#: Nodes of a cloud, since those that no slurmd speaks for are available to no job otherwise.
NODES = """
PrivateData=cloud
SuspendProgram=/bin/true
ResumeProgram=/bin/true
SuspendTime=-1
NodeName=dgx[01-02] NodeAddr=127.0.0.1 CPUs=224 RealMemory=2063837 Gres=gpu:h100:8 Feature=vram80g State=CLOUD
NodeName=a100-1 NodeAddr=127.0.0.1 CPUs=128 RealMemory=1031000 Gres=gpu:a100:4 State=CLOUD
NodeName=ada-1 NodeAddr=127.0.0.1 CPUs=64 RealMemory=515000 Gres=gpu:4 Feature=l40s,ib State=CLOUD
NodeName=ada-2 NodeAddr=127.0.0.1 CPUs=64 RealMemory=515000 Gres=gpu:4 Feature=l4,ib State=CLOUD
NodeName=big-1 NodeAddr=127.0.0.1 CPUs=64 RealMemory=515000 Gres=gpu:4 Feature=gpu_type=a100,gpu_mem=80g State=CLOUD
NodeName=mig-1 NodeAddr=127.0.0.1 CPUs=64 RealMemory=515000 Gres=gpu:a100_3g.20gb:2 State=CLOUD
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


@pytest.mark.parametrize(
    ("gpu", "nodes"),
    [
        pytest.param("L40S", "ada-1", id="GPUs without a type, by a feature"),
        pytest.param("L4", "ada-2", id="others of that feature's pool"),
        pytest.param("A100 80GB", "big-1", id="by two features"),
        pytest.param("A100 40GB MIG 3g.20gb", "mig-1", id="a slice"),
        pytest.param("H100 80GB", "dgx01", id="a type"),
    ],
)
def test_jobs_of_a_placement_would_start_where_it_placed_them(
    slurm: Controller, gpu: str, nodes: str, tmp_path: Path
) -> None:
    """In the words that the controller itself has for its GPUs."""
    registry = load_registry()
    whole = read_captured("slurm", slurm.ask("scontrol", "show", "nodes", "-o").stdout)
    there = replace(whole, nodes=tuple(node for node in whole.nodes if f"x {gpu} " in gpus(node.hardware)))
    (file,) = registry.job_files(registry.place("inference", ["Qwen/Qwen3-4B"], there), "slurm")
    script = tmp_path / file.name
    script.write_text(file.text, encoding="utf-8")

    assert nodes_for(slurm, script) == nodes
