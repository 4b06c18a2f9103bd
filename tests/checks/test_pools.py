"""Pools of a cluster: the best kind of node decides."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from model_garden_registry import load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.checks.pools import best_outcome, first_gpus, pool_kinds, pooled, pooled_outcomes
from model_garden_registry.errors import UnknownModelError
from model_garden_registry.findings import Code, Finding, Severity, Verdict
from model_garden_registry.hardware.gpus import Hardware, Unread
from model_garden_registry.hardware.inventory.documents import parse_inventory
from model_garden_registry.hardware.known_gpus import known_gpu
from model_garden_registry.hardware.visible_devices import visible_devices
from model_garden_registry.reports import Report

REGISTRY = load_registry(bundled_registry())
SMALL, LARGE = "Qwen/Qwen3-8B", "meta-llama/Llama-3.3-70B-Instruct"


def kinds(*nodes: dict[str, Any], only_free: bool = False) -> list[str]:
    """Return the kinds of one pool in short."""
    inventory = parse_inventory({"nodes": [{"name": "n", **node} for node in nodes]})
    (found,) = pool_kinds(inventory, only_free=only_free).values()
    return [_short(one) for one in found]


def _short(hardware: Hardware) -> str:
    meanings = hardware.alternatives or (hardware.gpus,)
    first = meanings[0][0] if meanings[0] else None
    if first is not None and isinstance(first.total_bytes, Unread):
        return first.total_bytes.reason
    return " or ".join(f"{len(gpus)} {gpus[0].name}" if gpus else "none" for gpus in meanings)


@pytest.mark.parametrize(
    ("nodes", "said"),
    [
        ([{"hardware": "L4:2"}, {"hardware": "T4"}, {"hardware": "L4:2"}], ["1 T4", "2 L4"]),
        ([{"hardware": "A100:4"}], ["4 A100 40GB or 4 A100 80GB"]),
        ([{"hardware": {"gpus": []}}, {"hardware": "L4"}], ["1 L4"]),
        ([{"hardware": {"gpus": []}}], ["none"]),
        ([{"hardware": "L4", "reason": "down"}, {"hardware": "T4"}], ["1 T4"]),
        ([{"hardware": "L4", "reason": "down"}], ["no node takes jobs: down"]),
        ([{"hardware": None, "reason": "no type"}, {"hardware": "T4"}], ["1 T4", "no type (n)"]),
        ([{"hardware": None}], ["its hardware is not stated (n)"]),
    ],
)
def test_the_kinds_of_a_pool_are_each_there_once(nodes: list[dict[str, Any]], said: list[str]) -> None:
    assert kinds(*nodes) == said


@pytest.mark.parametrize(
    ("node", "said"),
    [
        ({"hardware": "L4:2", "free": {"gpus": 1}}, "1 L4"),
        ({"hardware": "L4:2"}, "2 L4"),
        ({"hardware": "A100:4", "free": {"gpus": 1}}, "1 A100 40GB or 1 A100 80GB"),
        ({"hardware": "A100 MIG 1g.5gb", "free": {"gpus": 1}}, "1 A100 40GB"),
        ({"hardware": "L4:2", "free": {"gpus": 0}}, "none"),
    ],
)
def test_only_free_gpus_count_if_so_asked(node: dict[str, Any], said: str) -> None:
    assert kinds(node, only_free=True) == [said]


def test_a_model_is_judged_on_the_best_kind_of_a_pool() -> None:
    machines = [known_gpu("T4"), known_gpu("L4:2"), known_gpu("H100-80GB:8")]
    fits = pooled("p", REGISTRY.fit_each("inference", machines, ids=[SMALL, LARGE]))
    assert (fits.pool, fits.kinds) == ("p", tuple(machines))
    small, large = fits.fitted
    assert (small.verdict, fits.hardware_of(small)) == (Verdict.OK, machines[1])
    assert (large.verdict, fits.hardware_of(large)) == (Verdict.OK, machines[2])


def test_what_fails_on_each_kind_is_shown_on_the_largest() -> None:
    machines = [known_gpu("T4"), known_gpu("L4")]
    (one,) = (fits := pooled("p", REGISTRY.fit_each("inference", machines, ids=[LARGE]))).fitted
    assert (one.verdict, fits.hardware_of(one)) == (Verdict.FAIL, machines[1])


def report(severity: Severity | None) -> Report:
    findings = () if severity is None else (Finding(code=Code.VRAM_UNKNOWN, severity=severity, message="x"),)
    return Report(subject="a", findings=findings)


def test_the_best_outcome_is_the_first_that_passes_and_else_the_last() -> None:
    good, fine, bad = report(None), report(Severity.WARNING), report(Severity.FAIL)
    unknown = report(Severity.UNKNOWN)
    assert best_outcome([bad, fine, good, unknown]) is good
    assert best_outcome([bad, unknown]) is unknown
    assert best_outcome([first := report(Severity.FAIL), bad]) is bad
    assert first == bad


def test_outcomes_of_a_pool_name_it() -> None:
    error = UnknownModelError("x")
    found = pooled_outcomes("p", [[report(None), error], [report(Severity.FAIL), error]])
    assert found[0] == Report(subject="a", pool="p")
    assert found[1] is error


def test_the_first_gpus_are_all_visible() -> None:
    """A mask of the process that read the node does not hold for a job."""
    masked = replace(known_gpu("L4:4"), source="file", cuda_visible_devices="2,3")
    assert [gpu.index for gpu in first_gpus(masked, 2).gpus] == [0, 1]
    assert len(visible_devices(first_gpus(masked, 2)).devices) == 2
