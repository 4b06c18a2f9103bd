"""Which GPUs run a model, and how many of each."""

from __future__ import annotations

import pickle
from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from unittest.mock import Mock

import pytest

from model_garden_registry import ModelRegistry, known_gpu, load_registry, parse_inventory
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.checks import planning
from model_garden_registry.checks.planning import COUNTS, HOSTS, Plan
from model_garden_registry.checks.validation import report_on
from model_garden_registry.entries.settings.task_settings import FOR_HARDWARE
from model_garden_registry.entries.tasks import Task
from model_garden_registry.errors import InvalidOverrideError, UnknownGpuError, UnknownModelError, UnsupportedTaskError
from model_garden_registry.findings import Code
from model_garden_registry.hardware.gpu_table import gpu_table
from model_garden_registry.hardware.gpus import Hardware
from model_garden_registry.hardware.inventory.inventories import Inventory, InventoryNode
from model_garden_registry.reports import Split

LARGE = "meta-llama/Llama-3.3-70B-Instruct"
SMALL = "Qwen/Qwen3-8B"


@pytest.fixture(scope="module")
def registry() -> ModelRegistry:
    """Give the shipped registry."""
    return load_registry(bundled_registry())


def named(plan: Plan) -> list[tuple[str, int]]:
    """Give the GPUs of a plan with their counts."""
    return [(choice.gpu, choice.count) for choice in plan.choices]


def test_choices_stand_by_all_memory_then_by_count(registry: ModelRegistry) -> None:
    """The cheapest way to have enough memory first."""
    plan = registry.plan("inference", LARGE)

    sizes = [(choice.total_bytes, choice.count) for choice in plan.choices]
    assert plan.subject == LARGE
    assert sizes == sorted(sizes)
    assert {choice.count for choice in plan.choices} <= {*COUNTS, HOSTS * COUNTS[-1]}


@pytest.mark.parametrize("task", ["training", "inference"])
@pytest.mark.parametrize("model_id", [LARGE, SMALL, "unsloth/tinyllama-bnb-4bit"])
def test_a_choice_is_what_validate_says(model_id: str, task: Task, registry: ModelRegistry) -> None:
    """With its settings on these GPUs the verdict is the one of the plan; what is not among them fails."""
    names = ("L4", "RTX 4090", "H100 SXM 80GB")
    plan = registry.plan(task, model_id, gpus=names)

    for choice in plan.choices:
        settings = choice.report.settings
        assert settings is not None
        chosen = [path for path, origin in settings.origins.items() if origin.detail == FOR_HARDWARE]
        changed = {path: getattr(settings, path) for path in chosen}
        machine = known_gpu(choice.gpu, count=settings.gpus_of_node)
        report = registry.validate(model_id, task, overrides=changed, hardware=machine)
        assert report.split is not None
        assert (report.verdict, report.estimate) == (choice.verdict, choice.report.estimate)
        assert choice.verdict is choice.report.verdict
        assert report.is_valid
        assert choice.report.split == replace(report.split, gpus=choice.count, chosen=bool(changed))
    assert {gpu for gpu, _ in named(plan)} <= {row.name for row in gpu_table()}


def test_counts_are_ones_that_divide_the_heads(registry: ModelRegistry) -> None:
    """A model of 14 heads is served on 1 or 2 GPUs of these counts; one of bitsandbytes weights on one."""
    heads = registry["Qwen/Qwen2.5-0.5B-Instruct"].architecture
    assert heads is not None
    assert heads.num_attention_heads == 14

    odd = registry.plan("inference", "Qwen/Qwen2.5-0.5B-Instruct", gpus=["H100"])
    packed = registry.plan("inference", "unsloth/tinyllama-bnb-4bit", gpus=["H100"])

    assert {count for _, count in named(odd)} == {1, 2}
    assert {count for _, count in named(packed)} == {1}


@pytest.mark.parametrize(
    ("task", "overrides", "count"),
    [
        pytest.param("training", {"n_gpus": 2, "sharding": "zero2"}, 2, id="training"),
        pytest.param("training", {"n_gpus": 1}, 1, id="one GPU"),
        pytest.param("inference", {"tensor_parallel_size": 4}, 4, id="inference"),
    ],
)
def test_a_split_that_is_asked_for_is_the_only_one(
    task: Task, overrides: dict[str, Any], count: int, registry: ModelRegistry
) -> None:
    """Settings that were given stay: other counts would be of other settings."""
    plan = registry.plan(task, SMALL, overrides=overrides, gpus=["L40S"])

    assert named(plan) == [("L40S", count)]
    for name, value in overrides.items():
        assert getattr(plan.choices[0].report.settings, name) == value


def test_where_nothing_runs_it_the_largest_says_why(registry: ModelRegistry) -> None:
    """The verdict on the most memory that was asked about: on one of the machines."""
    plan = registry.plan("inference", "deepseek-ai/DeepSeek-R1-0528", gpus=["T4"])

    assert plan.choices == ()
    assert plan.refused is not None
    assert plan.refused.hardware is not None
    assert plan.refused.split is not None
    assert (len(plan.refused.hardware.gpus), plan.refused.split.gpus, plan.refused.split.nodes) == (8, 16, 2)
    assert not plan.refused.is_valid


def test_a_plan_makes_no_report_that_nobody_reads(registry: ModelRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    """But that of the largest GPUs that do not run it; the others are made when they are asked for, once."""
    made = Mock(side_effect=report_on)
    monkeypatch.setattr(planning, "report_on", made)
    plan = registry.plan("inference", LARGE)
    before = made.call_count

    assert (len(plan.choices) > 20, before) == (True, 1)
    assert plan.choices[0].report is plan.choices[0].report
    assert made.call_count == 2


def test_a_plan_survives_pickling(registry: ModelRegistry) -> None:
    """With the reports that were not made yet."""
    plan = registry.plan("training", SMALL, gpus=["L4"])
    copy = pickle.loads(pickle.dumps(plan))

    assert copy == plan
    assert [choice.report for choice in copy.choices] == [choice.report for choice in plan.choices]


def test_where_everything_runs_it_nothing_is_refused(registry: ModelRegistry) -> None:
    """A small model on large GPUs."""
    plan = registry.plan("inference", SMALL, gpus=["H200 SXM"])

    assert (named(plan), plan.refused) == ([("H200 SXM", count) for count in COUNTS], None)


def test_a_share_is_what_safe_takes_of_a_gpu(registry: ModelRegistry) -> None:
    """As a share of one GPU's memory; none without an estimate."""
    for choice in registry.plan("training", SMALL, gpus=["L4", "H100"]).choices:
        estimate = choice.report.estimate
        assert estimate is not None
        assert choice.share == pytest.approx(estimate.safe_bytes / choice.gpu_total_bytes)


@pytest.mark.parametrize(
    ("model_id", "task", "overrides", "gpus", "error"),
    [
        pytest.param("org/none", "training", {}, None, UnknownModelError, id="no such model"),
        pytest.param(SMALL, "training", {"batch_siz": 1}, None, InvalidOverrideError, id="no such setting"),
        pytest.param(SMALL, "training", {}, ["L44"], UnknownGpuError, id="no such GPU"),
        pytest.param(SMALL, "training", {}, ["L4:2"], UnknownGpuError, id="a count"),
        pytest.param(SMALL, "training", {}, ["A100 1g.5gb"], UnknownGpuError, id="a slice"),
        pytest.param("Qwen/Qwen3-8B-AWQ", "training", {}, None, UnsupportedTaskError, id="no defaults"),
    ],
)
def test_what_cannot_be_planned_is_an_error(
    model_id: str,
    task: Task,
    overrides: dict[str, Any],
    gpus: Iterable[str] | None,
    error: type[Exception],
    registry: ModelRegistry,
) -> None:
    """The same as for the other verbs."""
    with pytest.raises(error):
        registry.plan(task, model_id, overrides=overrides, gpus=gpus)


def test_where_not_even_eight_do_two_hosts_are_tried(registry: ModelRegistry) -> None:
    """An engine has a pipeline of two stages then; where eight do, there is no line for sixteen."""
    plan = registry.plan("inference", "deepseek-ai/DeepSeek-R1-0528", gpus=["H100 SXM5 80GB", "H200 SXM"])

    assert [(choice.gpu, choice.count, choice.report.split and choice.report.split.how) for choice in plan.choices] == [
        ("H200 SXM", 8, "tensor_parallel"),
        ("H100 SXM5 80GB", 16, "tensor_parallel + pipeline_parallel"),
    ]


def test_a_sharded_run_may_leave_a_host_one_by_layers_may_not(registry: ModelRegistry) -> None:
    """ZeRO-3 over sixteen GPUs is one run; a device map is one process."""
    asked = {"method": "full", "stack": "trl", "sharding": "zero3"}
    sharded = registry.plan("training", LARGE, overrides=asked, gpus=["H100 NVL"])
    by_layers = registry.plan("training", LARGE, overrides={"method": "full", "stack": "unsloth"}, gpus=["H100 NVL"])

    assert [(choice.count, choice.report.split and choice.report.split.how) for choice in sharded.choices] == [
        (16, "zero3")
    ]
    assert 16 not in [choice.count for choice in by_layers.choices]


def test_a_part_that_shares_its_hosts_memory_is_a_whole_machine(registry: ModelRegistry) -> None:
    """No host has two of them."""
    plan = registry.plan("inference", SMALL, gpus=["GB10", "Jetson Thor"])

    assert {choice.count for choice in plan.choices} == {1}


def test_a_split_that_was_asked_for_is_the_only_one(registry: ModelRegistry) -> None:
    """Neither another count nor two hosts."""
    plan = registry.plan(
        "inference", "deepseek-ai/DeepSeek-R1-0528", overrides={"tensor_parallel_size": 4}, gpus=["L4"]
    )

    assert plan.choices == ()
    assert plan.refused is not None
    assert plan.refused.split == Split(gpus=4, how="tensor_parallel", chosen=False)


def cluster(*nodes: dict[str, Any]) -> Inventory:
    """Give an inventory of nodes in short."""
    return parse_inventory({"nodes": [{"name": "n", "pool": "p", **node} for node in nodes]})


def in_pools(plan: Plan) -> list[tuple[str | None, str, int]]:
    """Give the choices of a plan in short."""
    return [(choice.pool, choice.gpu, choice.count) for choice in plan.choices]


def test_each_kind_of_node_of_each_pool_is_judged_on_some_of_its_gpus(registry: ModelRegistry) -> None:
    """At most as many as one node has, the least memory first; nodes that take no jobs do not count."""
    nodes = (
        {"pool": "big", "hardware": "H100 SXM5 80GB:8"},
        {"pool": "mix", "hardware": "L4:2"},
        {"pool": "mix", "hardware": "T4"},
        {"pool": "also", "hardware": "L4:2"},
        {"pool": "also", "hardware": "H200 SXM:8", "reason": "down"},
    )
    plan = registry.plan_pools("inference", SMALL, cluster(*nodes))

    assert in_pools(plan) == [
        ("mix", "L4", 1),
        ("also", "L4", 1),
        ("mix", "L4", 2),
        ("also", "L4", 2),
        *(("big", "H100 SXM5 80GB", count) for count in COUNTS),
    ]
    assert plan.refused is not None
    assert (plan.refused.pool, plan.refused.hardware) == ("mix", known_gpu("T4"))
    assert plan.refused_pools == ()


@pytest.mark.parametrize("task", ["training", "inference"])
def test_a_choice_of_a_pool_is_that_of_the_same_gpus_alone(task: Task, registry: ModelRegistry) -> None:
    """The same verdict, split and memory; its report names the pool."""
    alone = registry.plan(task, SMALL, gpus=["L4", "H100 SXM5 80GB"], overrides={"nodes": 1})
    pools = registry.plan_pools(
        task, SMALL, cluster({"hardware": "L4:8"}, {"hardware": "H100 SXM5 80GB:8"}), overrides={"nodes": 1}
    )

    assert [replace(choice, pool=None) for choice in pools.choices] == list(alone.choices)
    assert [replace(choice.report, pool=None) for choice in pools.choices] == [
        choice.report for choice in alone.choices
    ]
    assert {choice.report.pool for choice in pools.choices} == {"p"}


def test_a_node_is_not_split_over_more_gpus_than_it_has(registry: ModelRegistry) -> None:
    """Three GPUs are one or two; a split that is set and larger fails, for the reason."""
    three = cluster({"hardware": "L40S:3"})
    plan = registry.plan_pools("inference", SMALL, three)
    asked = registry.plan_pools("inference", SMALL, three, overrides={"tensor_parallel_size": 4})

    assert in_pools(plan) == [("p", "L40S", 1), ("p", "L40S", 2)]
    assert asked.choices == ()
    (refused,) = asked.refused_pools
    assert refused.pool == "p"
    assert Code.GPUS_FEW in {finding.code for finding in refused.findings}


def test_a_pool_without_a_choice_says_why(registry: ModelRegistry) -> None:
    """On the largest of its nodes: too small, not known, or several sizes that differ."""
    nodes = (
        {"pool": "small", "hardware": "T4"},
        {"pool": "small", "hardware": "L4:2"},
        {"pool": "new", "hardware": None, "reason": "no type"},
        {"pool": "unclear", "hardware": "A100:4"},
        {"pool": "none", "hardware": {"gpus": []}},
    )
    plan = registry.plan_pools("inference", LARGE, cluster(*nodes))

    reasons = {report.pool: report.error_message or "" for report in plan.refused_pools}
    assert plan.choices == ()
    assert plan.refused == plan.refused_pools[-1]
    assert list(reasons) == ["new", "none", "small", "unclear"]
    assert "each of 2 x L4" in reasons["small"]
    assert "no type (n)" in reasons["new"]
    assert "A100 40GB: fail; A100 80GB: ok" in reasons["unclear"]
    assert reasons["none"] == "the file names no GPU."


def test_a_name_of_several_sizes_holds_where_they_agree(registry: ModelRegistry) -> None:
    """Its memory is that of the smallest."""
    plan = registry.plan_pools("inference", SMALL, cluster({"hardware": "A100:2"}))

    assert in_pools(plan) == [("p", "A100 40GB or A100 80GB", 1), ("p", "A100 40GB or A100 80GB", 2)]
    assert plan.choices[0].gpu_total_bytes == next(
        row.total_bytes for row in gpu_table() if row.name == "A100 PCIe 40GB"
    )


def test_slices_are_taken_one_by_one(registry: ModelRegistry) -> None:
    """However many a node has."""
    plan = registry.plan_pools("inference", SMALL, cluster({"hardware": "A100 80GB MIG 3g.40gb:2"}))

    assert in_pools(plan) == [("p", "A100 80GB MIG 3g.40gb", 1)]


def test_nodes_that_differ_in_nothing_that_is_judged_are_one_choice(registry: ModelRegistry) -> None:
    """As snapshots of equal nodes are: only the ids of their GPUs differ."""
    gpus = [replace(known_gpu("L4").gpus[0], uuid=f"GPU-{number}") for number in range(2)]
    nodes = [
        InventoryNode(
            name=str(gpu.uuid),
            count=1,
            pool="p",
            hardware=Hardware(source="nvml", gpus=(gpu,), cuda_visible_devices="0"),
            exact=True,
        )
        for gpu in gpus
    ]
    plan = registry.plan_pools("inference", SMALL, Inventory(source="slurm", as_of=None, nodes=tuple(nodes)))

    assert in_pools(plan) == [("p", "L4", 1)]


def test_a_plan_of_pools_pauses_after_each_number_of_gpus(registry: ModelRegistry) -> None:
    """So that a server can answer others in between."""
    work = registry.plan_pools_in_steps("inference", SMALL, cluster({"hardware": "L4:8"}))

    assert len(list(work)) == len(COUNTS)
