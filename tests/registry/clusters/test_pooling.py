"""Models in the pools of an inventory: equal nodes are judged once."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Any

from model_garden_registry import load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.checks.buckets import Fits
from model_garden_registry.findings import Verdict
from model_garden_registry.hardware.gpus import Hardware
from model_garden_registry.hardware.inventory.documents import parse_inventory
from model_garden_registry.hardware.known_gpus import known_gpu
from model_garden_registry.registry.clusters.pooling import fit_pools_in_steps, validate_pools
from model_garden_registry.reports import Outcome, Report

REGISTRY = load_registry(bundled_registry())
SMALL, LARGE = "Qwen/Qwen3-8B", "meta-llama/Llama-3.3-70B-Instruct"
INVENTORY = parse_inventory(
    {
        "nodes": [
            {"name": "a", "pool": "one", "hardware": "L4:2"},
            {"name": "b", "pool": "two", "hardware": "L4:2"},
            {"name": "c", "pool": "two", "hardware": "H100-80GB:4", "free": {"gpus": 0}},
        ]
    }
)


def test_equal_nodes_of_several_pools_are_judged_once() -> None:
    seen: list[int] = []

    def judge(machines: Iterable[Hardware]) -> Generator[None, None, list[Fits]]:
        each = list(machines)
        seen.append(len(each))
        yield
        return REGISTRY.fit_each("inference", each, ids=[LARGE])

    work: Any = fit_pools_in_steps(INVENTORY, judge)
    assert next(work) is None
    try:
        next(work)
    except StopIteration as done:
        found = done.value
    assert seen == [2]
    assert {pool: fits.verdicts for pool, fits in found.items()} == {"one": (Verdict.FAIL,), "two": (Verdict.OK,)}


def test_outcomes_are_by_pool() -> None:
    judged: list[Hardware] = []

    def judge(hardware: Hardware) -> list[Outcome]:
        judged.append(hardware)
        return [Report(subject="a", hardware=hardware)]

    found = validate_pools(INVENTORY, judge, must_be_free=False)
    assert len(judged) == 2
    assert [(pool, report.pool) for pool, (report,) in found.items() if isinstance(report, Report)] == [
        ("one", "one"),
        ("two", "two"),
    ]


def test_the_verbs_are_those_of_one_machine() -> None:
    fits = REGISTRY.fit_pools("inference", INVENTORY, ids=[LARGE, SMALL], overrides={"max_model_len": 4096})
    alone = REGISTRY.fit("inference", ids=[LARGE, SMALL], overrides={"max_model_len": 4096}, hardware=known_gpu("L4:2"))
    assert fits["one"].verdicts == alone.verdicts
    found = REGISTRY.validate_pools([LARGE, "none"], "inference", INVENTORY)
    (large, unknown) = found["two"]
    assert isinstance(large, Report)
    assert (large.verdict, large.pool) == (Verdict.OK, "two")
    assert str(unknown) == "no model 'none' in the registry"


def test_only_free_gpus_count_where_memory_must_be_free() -> None:
    found = REGISTRY.validate_pools([LARGE], "inference", INVENTORY, must_be_free=True)
    assert [outcome.verdict for (outcome,) in found.values() if isinstance(outcome, Report)] == [Verdict.FAIL] * 2
