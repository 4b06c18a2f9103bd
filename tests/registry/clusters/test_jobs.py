"""The jobs of a placement, as files of a platform."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml
from clusters import inventory, nodes

from model_garden_registry import ModelRegistry, load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.dialects.errors import UnsupportedExportError
from model_garden_registry.hardware.inventory.inventories import Inventory

SMALL, LARGE, HUGE = "Qwen/Qwen3-8B", "meta-llama/Llama-3.3-70B-Instruct", "deepseek-ai/DeepSeek-V3"
THERE = inventory(nodes("8x H100 SXM", count=2, pool="big"), nodes("4x L4", pool="small,slow"))


@pytest.fixture(scope="module")
def registry() -> ModelRegistry:
    """Give the shipped registry."""
    return load_registry(bundled_registry())


def directives(text: str) -> dict[str, str]:
    """Return the directives of a Slurm script."""
    lines = [line.removeprefix("#SBATCH --") for line in text.splitlines() if line.startswith("#SBATCH")]
    return dict(line.split("=", 1) for line in lines)


def test_a_job_asks_for_the_gpus_of_its_place(registry: ModelRegistry) -> None:
    """With the split and the settings of the placement, in the pool's partition."""
    placement = registry.place("inference", [LARGE], THERE, overrides={"max_model_len": 4096})
    (seat,) = placement.models[0].seats
    (file,) = registry.job_files(placement, "slurm")

    asked = directives(file.text)
    assert file.name == "meta-llama-llama-3-3-70b-instruct.sh"
    assert asked == {
        "job-name": "meta-llama-llama-3-3-70b-instruct",
        "partition": "big",
        "nodes": "1",
        "ntasks-per-node": "1",
        "gres": f"gpu:h100:{seat.gpus}",
    }
    assert f"--tensor-parallel-size {seat.gpus} " in file.text
    assert "--max-model-len 4096 " in file.text


def test_a_model_on_several_pools_has_a_job_for_each_with_a_name_of_its_own(registry: ModelRegistry) -> None:
    """Two Deployments of one name would be one."""
    placement = registry.place("inference", [SMALL], THERE, replicas=20)
    files = registry.job_files(placement, "kubernetes")
    each = [next(yaml.safe_load_all(file.text)) for file in files]

    assert [file.name for file in files] == [f"{one['metadata']['name']}.yaml" for one in each]
    assert {one["metadata"]["name"]: one["spec"]["replicas"] for one in each} == {
        "qwen-qwen3-8b-small-slow": 4,
        "qwen-qwen3-8b-big": 16,
    }


def test_jobs_of_one_pool_are_told_apart_by_a_number(registry: ModelRegistry) -> None:
    """Two kinds of GPUs."""
    there = inventory(nodes("2x L4", pool="p", name="a"), nodes("2x A10", pool="p", name="b"))
    placement = registry.place("inference", [SMALL], there, replicas=4)

    assert [file.name for file in registry.job_files(placement, "slurm")] == [
        "qwen-qwen3-8b-p.sh",
        "qwen-qwen3-8b-p-2.sh",
    ]


@pytest.mark.parametrize("target", ["slurm", "kubernetes", "ray-serve-llm", "skypilot"])
def test_every_platform_takes_jobs(target: str, registry: ModelRegistry) -> None:
    """A file for each place; nothing for what has none."""
    placement = registry.place("inference", [SMALL, HUGE], inventory(nodes("4x L4")), replicas=2)
    files = registry.job_files(placement, target)

    assert [file.name.partition(".")[0] for file in files] == ["qwen-qwen3-8b"]
    assert [file.notes for file in files] == [()]


def test_a_replica_over_two_nodes_is_a_job_over_two(registry: ModelRegistry) -> None:
    """A pipeline stage on each."""
    placement = registry.place("inference", [HUGE], THERE)
    (file,) = registry.job_files(placement, "slurm")

    assert [(seat.span, seat.gpus) for seat in placement.models[0].seats] == [(2, 8)]
    assert directives(file.text)["nodes"] == "2"
    assert directives(file.text)["gres"] == "gpu:h100:8"
    assert "--pipeline-parallel-size 2 " in file.text


def test_what_a_job_does_not_say_is_a_note(registry: ModelRegistry) -> None:
    """Several runs of a training; a MIG slice."""
    runs = registry.place("training", [SMALL], inventory(nodes("4x H100 SXM")), replicas=2)
    slices = registry.place("inference", [SMALL], inventory(nodes("H100 SXM 3g.40gb:2")))

    assert [file.notes for file in registry.job_files(runs, "slurm")] == [
        ("2 runs are placed: start it as often, each with files of its own",)
    ]
    assert [file.notes for file in registry.job_files(slices, "kubernetes")] == [
        ("it is placed on a MIG slice, H100 SXM5 80GB MIG 3g.40gb: ask for that resource instead of a GPU",)
    ]


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        pytest.param(inventory(nodes("L4", pool="gpu,gpu-long")), "gpu,gpu-long", id="Slurm's"),
        pytest.param(inventory(nodes("L4", pool="a\n#SBATCH --uid=0")), None, id="no partition"),
        pytest.param(replace(inventory(nodes("L4", pool="gpu")), source="kubernetes"), None, id="of another manager"),
    ],
)
def test_a_pool_is_a_partition_only_if_slurm_says_so(
    there: Inventory, expected: str | None, registry: ModelRegistry
) -> None:
    """And if it can be one."""
    (file,) = registry.job_files(registry.place("inference", [SMALL], there), "slurm")

    assert directives(file.text).get("partition") == expected
    assert file.text.count("#SBATCH") == 5 - (expected is None)


def test_a_target_that_has_no_jobs_of_a_task_is_refused(registry: ModelRegistry) -> None:
    """As by export."""
    placement = registry.place("training", [SMALL], THERE)

    with pytest.raises(UnsupportedExportError):
        registry.job_files(placement, "kubernetes")
    with pytest.raises(UnsupportedExportError, match="there is no such target"):
        registry.job_files(placement, "kubernete")
