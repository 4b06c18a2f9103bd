"""What a replica needs on a kind of node."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from clusters import inventory, nodes

from model_garden_registry import ModelRegistry, load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.checks.hardware.demand import Demand
from model_garden_registry.entries.settings.merging import Layer
from model_garden_registry.entries.settings.task_settings import Origin, OriginKind
from model_garden_registry.entries.tasks import Task
from model_garden_registry.errors import InvalidOverrideError, MissingShapeError, RegistryError
from model_garden_registry.placement import needs
from model_garden_registry.placement.kinds import Kind, nodes_of
from model_garden_registry.placement.needs import Judged, Wanted, judged
from model_garden_registry.registry.questions import candidate_of, demand_for

SMALL, MIDDLE, LARGE, HUGE = (
    "Qwen/Qwen3-8B",
    "Qwen/Qwen3-32B",
    "meta-llama/Llama-3.3-70B-Instruct",
    "deepseek-ai/DeepSeek-V3",
)


@pytest.fixture(scope="module")
def registry() -> ModelRegistry:
    """Give the shipped registry."""
    return load_registry(bundled_registry())


def layer(**settings: Any) -> Layer:
    """Return settings of a user."""
    return Layer(settings, Origin(OriginKind.OVERRIDE, "test"))


def wanted(registry: ModelRegistry, model_id: str, task: Task = "inference", **settings: Any) -> Wanted:
    """Look up a model to place."""
    candidate = candidate_of(registry._entries, model_id, task)
    demand = demand_for(candidate, (layer(**settings),) if settings else ())
    return Wanted(subject=model_id, candidate=candidate, demand=demand)


def over_nodes(one: Wanted) -> Wanted:
    """Return a model to place that may be spread over nodes."""
    candidate = one.candidate
    assert candidate is not None
    return replace(one, over_nodes=lambda nodes: demand_for(candidate, (layer(nodes=nodes),)))


def kinds(*gpus: str, free: int | None = None, count: int = 1) -> dict[Kind, int]:
    """Return a kind of node for each name of GPUs, the smallest first, with so many nodes of each."""
    found, _ = nodes_of(inventory(*(nodes(name, free=free, count=count) for name in gpus)))
    return {one.kind: one.count for one in found}


def devices(one: Judged) -> list[int]:
    """Return how many devices a replica takes on each kind; 0 where it does not run."""
    return [need.devices for need in one.needs.values()]


def test_the_split_is_that_of_validate_on_the_free_gpus_of_a_node(registry: ModelRegistry) -> None:
    """As few as it takes there; none where it fails."""
    each = kinds("8x L4", "4x A100 80GB SXM", "8x H100 SXM")
    found = judged(wanted(registry, LARGE), each)

    assert devices(found)[0] == 0
    for kind, need in zip(each, found.needs.values(), strict=True):
        report = registry.validate(LARGE, "inference", hardware=kind.hardware)
        assert (need.devices > 0) is report.is_valid
        if need.devices:
            assert report.split is not None
            assert need.devices == report.split.gpus
            assert need.report.is_valid
            assert 0 < need.each_bytes <= kind.device_bytes


def test_a_job_is_judged_on_the_gpus_that_it_gets(registry: ModelRegistry) -> None:
    """The report is about exactly these."""
    (kind,) = kinds("8x H100 SXM")
    need = judged(wanted(registry, SMALL), {kind: 1}).needs[kind]

    assert need.devices == 1
    assert need.report.hardware is not None
    assert len(need.report.hardware.gpus) == 1


def test_the_memory_that_a_replica_needs_is_what_its_verdict_calls_safe(registry: ModelRegistry) -> None:
    """Not all of the GPU."""
    (kind,) = kinds("H100 SXM")
    need = judged(wanted(registry, SMALL), {kind: 1}).needs[kind]

    assert need.report.estimate is not None
    assert need.each_bytes == need.report.estimate.safe_bytes < kind.device_bytes


def test_where_it_does_not_run_it_needs_nothing_and_the_verdict_is_on_all_free_gpus(registry: ModelRegistry) -> None:
    """Also if it was to take one of them."""
    (kind,) = kinds("4x L4")
    need = judged(wanted(registry, LARGE, tensor_parallel_size=1), {kind: 1}).needs[kind]

    assert (need.devices, need.each_bytes) == (0, 0)
    assert need.report.hardware is not None
    assert len(need.report.hardware.gpus) == 4


def test_a_model_runs_where_it_takes_devices(registry: ModelRegistry) -> None:
    """Not where it takes none, nor on nodes that it was not judged on."""
    (small,), (large,), (other,) = kinds("L4"), kinds("H100 SXM"), kinds("H200")
    found = judged(wanted(registry, MIDDLE), {small: 1, large: 1})

    assert found.running(large) is found.needs[large]
    assert found.running(small) is None
    assert small in found.needs
    assert found.running(other) is None


def test_a_replica_is_one_on_one_node_unless_it_is_said(registry: ModelRegistry) -> None:
    """Of whatever model."""
    (kind,) = kinds("L4")
    one = wanted(registry, SMALL)

    assert one.replicas == 1
    assert judged(one, {kind: 1}).needs[kind].nodes == 1


def test_a_slice_takes_one_replica_that_fits_in_it(registry: ModelRegistry) -> None:
    """Slices are not added up."""
    each = kinds("H100 SXM 1g.10gb:7", "H100 SXM 3g.40gb:2")

    assert devices(judged(wanted(registry, SMALL), each)) == [0, 1]
    assert devices(judged(wanted(registry, LARGE), each)) == [0, 0]


def test_a_set_split_stays(registry: ModelRegistry) -> None:
    """Over more GPUs than there are, nothing runs."""
    four = wanted(registry, SMALL, tensor_parallel_size=4)

    assert devices(judged(four, kinds("2x H100 SXM", "8x H100 SXM"))) == [0, 4]


def test_without_a_free_gpu_there_is_no_verdict(registry: ModelRegistry) -> None:
    """Nor a number."""
    assert judged(wanted(registry, SMALL), kinds("8x H100 SXM", free=0)).needs == {}


@pytest.mark.filterwarnings("ignore::model_garden_registry.RegistryWarning")
def test_a_deprecated_model_is_refused_unless_it_is_allowed(registry: ModelRegistry) -> None:
    """As by validate."""
    registry = registry.with_entry({**registry.raw(SMALL), "id": "org/old", "aliases": [], "status": "deprecated"})
    each = kinds("L4")

    assert devices(judged(wanted(registry, "org/old"), each)) == [0]
    assert devices(judged(wanted(registry, "org/old"), each, allow_deprecated=True)) == [1]
    assert devices(judged(wanted(registry, "org/old"), kinds("8x L4"), allow_deprecated=True)) == [1]


@pytest.mark.filterwarnings("ignore::model_garden_registry.RegistryWarning")
def test_a_model_that_needs_no_gpu_is_judged_without_one(registry: ModelRegistry) -> None:
    """Once."""
    none = {"min_vram_gb": 0, "recommended_vram_gb": 0, "min_ram_gb": 8}
    registry = registry.with_entry({**registry.raw(SMALL), "id": "org/none", "aliases": [], "requirements": none})
    found = judged(wanted(registry, "org/none"), kinds("L4", "A10"))

    assert found.needs == {}
    assert found.without is not None
    assert found.without.is_valid

    old = {**registry.raw(SMALL), "id": "org/old", "aliases": [], "requirements": none, "status": "deprecated"}
    retired = wanted(registry.with_entry(old), "org/old")
    without = [judged(retired, {}, allow_deprecated=allowed).without for allowed in (False, True)]
    assert [report is not None and report.is_valid for report in without] == [False, True]


def test_what_cannot_be_judged_has_the_reason(registry: ModelRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    """Found before, or while it is judged."""
    each, error = kinds("L4"), MissingShapeError("org/a", "head_dim")
    before = judged(Wanted(subject="org/a", problem=error), each)
    half = judged(Wanted(subject="org/a", candidate=candidate_of(registry._entries, SMALL, "inference")), each)
    assert half.needs == {}
    assert half.wanted.problem is None

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(needs, "report_on", fail)
    later = judged(wanted(registry, SMALL), each)

    assert [(one.needs, one.wanted.problem) for one in (before, later)] == [({}, error)] * 2
    assert isinstance(error, RegistryError)
    assert later.subject == SMALL


def test_a_model_without_an_estimate_takes_its_gpus_whole(
    registry: ModelRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No memory of them counts as idle."""
    report_on = needs.report_on
    monkeypatch.setattr(needs, "report_on", lambda case: replace(report_on(case), estimate=None))
    (kind,) = kinds("H100 SXM")
    need = judged(wanted(registry, SMALL), {kind: 1}).needs[kind]

    assert need.each_bytes == kind.device_bytes


def test_a_model_too_large_for_every_node_is_tried_over_several(registry: ModelRegistry) -> None:
    """Over as few as it takes, of those that a pool has; the verdict is that of such a setting on one of them."""
    huge = over_nodes(wanted(registry, HUGE))
    each = kinds("8x H100 SXM", "8x A100 80GB SXM", "H100 SXM 1g.10gb:7", count=2)
    found = judged(huge, each)
    need = next(need for kind, need in found.needs.items() if kind.name.startswith("H100 SXM5 80GB") and need.devices)

    assert (need.devices, need.nodes) == (8, 2)
    assert need.report.settings is not None
    assert need.report.settings.nodes == 2
    hardware = next(kind for kind in each if found.needs[kind] is need).hardware
    assert registry.validate(HUGE, "inference", hardware=hardware, overrides={"nodes": 2}).is_valid
    assert devices(judged(huge, kinds("8x H100 SXM"))) == [0]
    assert devices(judged(wanted(registry, HUGE), each)) == [0] * len(each)


@pytest.mark.parametrize(("gpus", "nodes"), [("8x H100 SXM", 2), ("4x H100 SXM", 4), ("2x H100 SXM", 8)])
def test_a_model_is_spread_over_two_nodes_or_four_or_eight(registry: ModelRegistry, gpus: str, nodes: int) -> None:
    """If one pool has as many, whatever other pools have."""
    huge = over_nodes(wanted(registry, HUGE))

    def over(count: int) -> list[tuple[int, int]]:
        found = judged(huge, {**kinds(gpus, count=count), **kinds("L4", count=1)})
        return [(need.devices, need.nodes) for need in found.needs.values()]

    assert over(nodes) == [(int(gpus[0]), nodes), (0, 1)]
    assert over(nodes - 1) == [(0, 1), (0, 1)]


def test_each_kind_of_node_has_as_few_as_it_takes(registry: ModelRegistry) -> None:
    """A kind with too few of them has none, though another has enough."""
    each = {**kinds("8x H100 SXM", count=8), **kinds("4x H100 SXM", count=3), **kinds("2x H100 SXM", count=8)}
    found = judged(over_nodes(wanted(registry, HUGE)), each)

    assert [(need.devices, need.nodes) for need in found.needs.values()] == [(8, 2), (0, 1), (2, 8)]


def test_a_model_that_runs_on_one_node_somewhere_is_not_spread(registry: ModelRegistry) -> None:
    """Nor one whose tool cannot be."""
    each = kinds("8x L4", "8x H100 SXM", count=8)
    found = judged(over_nodes(wanted(registry, LARGE)), each)

    assert [(need.devices > 0, need.nodes) for need in found.needs.values()] == [(False, 1), (True, 1)]

    def refuse(nodes: int) -> Demand:
        raise InvalidOverrideError("nodes", nodes, "it is one program")

    apart = replace(wanted(registry, HUGE), over_nodes=refuse)
    assert set(devices(judged(apart, each))) == {0}


def test_nodes_that_are_set_stay(registry: ModelRegistry) -> None:
    """A MIG slice takes no part of such a model."""
    two = wanted(registry, SMALL, nodes=2)
    found = judged(two, kinds("8x H100 SXM", "H100 SXM 3g.40gb:2", count=2))

    assert [(need.devices, need.nodes) for need in found.needs.values()] == [(0, 1), (1, 2)]
    assert all(need.report.is_valid for need in found.needs.values())
