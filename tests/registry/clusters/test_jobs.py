"""The jobs of a placement, as files of a platform."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import yaml
from clusters import inventory, nodes

from model_garden_registry import ModelRegistry, load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.dialects.errors import UnsupportedExportError
from model_garden_registry.hardware.inventory.inventories import Inventory
from model_garden_registry.hardware.inventory.offers import Offer, offer

SMALL, LARGE, HUGE = "Qwen/Qwen3-8B", "meta-llama/Llama-3.3-70B-Instruct", "deepseek-ai/DeepSeek-V3"
SMALLER = "Qwen/Qwen3-0.6B"
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
    assert len(re.findall("^ *#SBATCH", file.text, re.MULTILINE)) == 5 - (expected is None)


def test_a_target_that_has_no_jobs_of_a_task_is_refused(registry: ModelRegistry) -> None:
    """As by export."""
    placement = registry.place("training", [SMALL], THERE)

    with pytest.raises(UnsupportedExportError):
        registry.job_files(placement, "kubernetes")
    with pytest.raises(UnsupportedExportError, match="there is no such target"):
        registry.job_files(placement, "kubernete")


def test_a_pool_of_slurm_is_a_partition_in_a_joined_inventory_too(registry: ModelRegistry) -> None:
    """Snapshots of the nodes tell more of the same partitions."""
    there = replace(inventory(nodes("L4", pool="gpu")), source="slurm, probe")
    (file,) = registry.job_files(registry.place("inference", [SMALL], there), "slurm")

    assert directives(file.text)["partition"] == "gpu"


@pytest.mark.parametrize(("engine", "first"), [("vllm", 8000), ("sglang", 30000)])
def test_servers_that_may_share_a_machine_have_ports_of_their_own(
    engine: str, first: int, registry: ModelRegistry
) -> None:
    """Each replica of each model; none of them twice."""
    there = inventory(nodes("8x H100 SXM"))
    placement = registry.place(
        "inference", [SMALL, SMALLER], there, replicas={SMALL: 3, SMALLER: 2}, overrides={"engine": engine}
    )
    texts = [file.text for file in registry.job_files(placement, "slurm")]

    assert [re.findall(r"--port (.*)", text) for text in texts] == [
        [f'"$(({first} + SLURM_ARRAY_TASK_ID))"'],
        [f'"$(({first + 3} + SLURM_ARRAY_TASK_ID))"'],
    ]
    assert [f"ports {first} to {first + 2}" in texts[0], f"ports {first + 3} to {first + 4}" in texts[1]] == [True] * 2
    alone = registry.place("inference", [SMALL], there, overrides={"engine": engine})
    assert f"--port {first}" in registry.job_files(alone, "slurm")[0].text


def test_ports_start_again_where_there_are_no_more(registry: ModelRegistry) -> None:
    """A port is a number of 16 bits."""
    there = inventory(nodes("8x L4", count=8000))
    placement = registry.place(
        "inference", [SMALL, SMALLER], there, replicas={SMALL: 29_999, SMALLER: 2}, solver="first-fit"
    )
    texts = {file.name: file.text for file in registry.job_files(placement, "slurm")}

    assert "$((8000 + SLURM_ARRAY_TASK_ID))" in texts["qwen-qwen3-0-6b.sh"]


def test_the_jobs_of_ray_are_one_configuration(registry: ModelRegistry) -> None:
    """Ray Serve replaces what runs by what a file says: two files would be one model."""
    there = inventory(nodes("H100 SXM 3g.40gb:2", pool="slices"), nodes("4x L4", pool="applications:"))
    placement = registry.place("inference", [SMALL, SMALLER], there, replicas={SMALL: 5})
    (file,) = registry.job_files(placement, "ray-serve-llm")
    content = yaml.safe_load(file.text)
    served = [
        (one["name"], one["route_prefix"], one["args"]["llm_configs"][0]["deployment_config"]["num_replicas"])
        for one in content["applications"]
    ]

    assert file.name == "serve.yaml"
    assert [*content] == ["applications"]
    assert len(served) == len({name for name, *_ in served}) == len({route for _, route, _ in served}) > 2
    assert sum(replicas for *_, replicas in served) == 6
    assert all(route == f"/{name}" for name, route, _ in served)
    assert file.text.count("# start it with: serve run FILE") == 1
    assert any(note.startswith("qwen-qwen3-") and "MIG slice" in note for note in file.notes)
    (alone,) = registry.job_files(registry.place("inference", [SMALL], there), "ray-serve-llm")
    assert (alone.name, yaml.safe_load(alone.text)["applications"][0]["route_prefix"]) == ("qwen-qwen3-8b.yaml", "/")


@pytest.mark.parametrize("target", ["slurm", "kubernetes", "ray-serve-llm", "skypilot"])
@pytest.mark.parametrize(
    "name", ["dgx\n#SBATCH --uid=0\nrm -rf /", "\x1b[31m\u2028kind: Pod\x85a: b", "$(id)", "n" * 9000]
)
def test_a_job_says_where_it_is_placed_and_stays_inert(target: str, name: str, registry: ModelRegistry) -> None:
    """Names of nodes and pools, which anybody may have chosen, are nothing but a comment."""
    there = inventory(nodes("4x L4", pool=name, name=name))
    (file,) = registry.job_files(registry.place("inference", [SMALL], there), target)
    (plain,) = registry.job_files(registry.place("inference", [SMALL], inventory(nodes("4x L4"))), target)
    comments = [line for line in file.text.splitlines() if line.startswith("# placed on 1 x L4 of 1 node in pool ")]
    (comment,) = comments

    assert len(comment) < 900
    assert comment.isprintable()
    others = [[line for line in one.text.splitlines() if not line.startswith("# placed on")] for one in (file, plain)]
    assert [line for line in others[0] if "partition" not in line] == [
        line for line in others[1] if "partition" not in line
    ]


def test_what_is_on_a_slice_says_so_in_its_file(registry: ModelRegistry) -> None:
    """The notes of a command are gone when the file is used."""
    placement = registry.place("inference", [SMALL], inventory(nodes("H100 SXM 3g.40gb:2")))

    for target in ("slurm", "kubernetes", "ray-serve-llm", "skypilot"):
        (file,) = registry.job_files(placement, target)
        assert f"# {file.notes[0]}\n" in file.text


def test_skypilot_asks_for_gpus_by_the_name_of_those_of_the_place(registry: ModelRegistry) -> None:
    """Not for all on which the model passes; for those if SkyPilot has no name for the placed ones."""

    def asked(gpu: str) -> list[str]:
        placement = registry.place("inference", [SMALL], inventory(nodes(gpu)))
        return [*yaml.safe_load(registry.job_files(placement, "skypilot")[0].text)["resources"]["accelerators"]]

    assert asked("L4") == ["L4"]
    assert [name for name in asked("H100 SXM") if not name.startswith("H100")] == []
    assert "L4" in asked("H100 SXM 3g.40gb:2")


def test_jobs_ask_for_gpus_in_the_words_of_the_inventory(registry: ModelRegistry) -> None:
    """One job for each of them; a slice needs no note where they name it."""
    words = ["gpu:h100_3g.40gb", "gpu:h100_half"]
    there = inventory(
        *(nodes("H100 SXM 3g.40gb:2", pool="p", name=word, offered=Offer(resource=word)) for word in words)
    )
    placement = registry.place("inference", [SMALL], there, replicas=4)
    files = registry.job_files(placement, "slurm")

    assert [directives(file.text)["gres"] for file in files] == [f"{word}:1" for word in words]
    assert [directives(file.text)["array"] for file in files] == ["0-1", "0-1"]
    assert [file.notes for file in files] == [(), ()]
    assert ["MIG slice" in file.text for file in registry.job_files(placement, "kubernetes")] == [True, True]


def test_a_deployment_finds_the_nodes_by_their_labels(registry: ModelRegistry) -> None:
    offered = offer("nvidia.com/mig-3g.40gb", labels={"agentpool": "a"})
    there = replace(inventory(nodes("H100 SXM 3g.40gb:2", offered=offered)), source="kubernetes")
    (file,) = registry.job_files(registry.place("inference", [SMALL], there), "kubernetes")
    pod = next(yaml.safe_load_all(file.text))["spec"]["template"]["spec"]

    assert pod["nodeSelector"] == {"agentpool": "a"}
    assert pod["containers"][0]["resources"]["limits"] == {"nvidia.com/mig-3g.40gb": 1}
    assert file.notes == ()
