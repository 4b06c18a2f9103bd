"""
A real Ray cluster of two raylets on this machine, whose GPUs are those of a stand-in for the driver.

Run by ``nox -s ray``, which installs Ray.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster_samples import nodes
from nvml_stand_in.build import LIBRARY, build

from model_garden_registry.inventory_files import read_cluster, read_inventory

pytest.importorskip("ray", reason="extra ray is not installed")

SCENARIO = "driver 570.86.15\n" + "".join(
    f"gpu NVIDIA L4\nuuid GPU-{index}\ncapability 8.9\ntotal 23034 MiB\n" for index in range(4)
)
#: The cluster lives in a process of its own, whose driver the raylets and their tasks find.
CLUSTER = """
import json, sys
import ray
from ray.cluster_utils import Cluster
store = {"object_store_memory": 100 * 2**20, "include_dashboard": False}
cluster = Cluster(True, head_node_args={"num_cpus": 1, "num_gpus": 4, "resources": {"accelerator_type:L4": 1}, **store})
cluster.add_node(num_cpus=1, num_gpus=2, labels={"pool": "train"}, object_store_memory=100 * 2**20)
cluster.add_node(num_cpus=1, num_gpus=0, object_store_memory=100 * 2**20)
ray.init(cluster.address, logging_level="ERROR", log_to_driver=False)
print(json.dumps({"address": cluster.address, "nodes": ray.nodes()}), flush=True)
sys.stdin.read()
ray.shutdown()
cluster.shutdown()
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, object]]:
    folder = tmp_path_factory.mktemp("driver")
    (folder / "scenario.txt").write_text(SCENARIO, encoding="utf-8")
    library = build(folder, ())
    assert (library / LIBRARY).exists()
    driver = {"NVML_SCENARIO": str(folder / "scenario.txt"), "LD_LIBRARY_PATH": str(library)}
    surroundings = os.environ | driver | {"NVML_RECORD": str(folder / "record.txt")}
    call = [sys.executable, "-c", CLUSTER]
    with subprocess.Popen(call, env=surroundings, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield json.loads(next(line for line in process.stdout if line.startswith(b"{")))
        process.stdin.close()
        process.wait(timeout=60)


def test_each_raylet_answers_with_the_gpus_that_it_gives_away(cluster: dict[str, object], tmp_path: Path) -> None:
    call = [sys.executable, "-m", "model_garden_registry", "inventory", "probe", "--ray", str(cluster["address"])]
    done = subprocess.run(call, check=True, capture_output=True, text=True, timeout=300)
    (tmp_path / "inventory.json").write_text(done.stdout, encoding="utf-8")
    found = read_inventory(tmp_path / "inventory.json")
    assert sorted((one[1], one[2], one[3]) for one in nodes(found)) == [
        (1, "2x NVIDIA L4 23034", None),
        (1, "4x NVIDIA L4 23034", None),
        (1, "none", None),
    ]
    assert all(node.exact for node in found.nodes)
    assert {node.pool for node in found.nodes} == {"train", "default"}


def test_what_ray_says_of_its_nodes_is_read(cluster: dict[str, object], tmp_path: Path) -> None:
    (tmp_path / "nodes.json").write_text(json.dumps(cluster["nodes"]), encoding="utf-8")
    found = {one[2:4] for one in nodes(read_cluster("ray", tmp_path / "nodes.json"))}
    assert ("4x L4 23034", None) in found
    assert ("none", None) in found


def test_no_cluster_is_one_line() -> None:
    call = [sys.executable, "-m", "model_garden_registry", "inventory", "probe", "--ray", "127.0.0.1:1"]
    done = subprocess.run(call, check=False, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("mgr: error: no answer from the cluster at 127.0.0.1:1: ")
