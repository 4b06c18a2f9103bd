"""Models on the nodes of an inventory."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import pytest
from clusters import inventory, nodes, unknown
from hypothesis import given, settings
from hypothesis import strategies as st
from placement_faults import faults

from model_garden_registry import ModelRegistry, known_gpu, load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.entries.tasks import Task
from model_garden_registry.errors import MissingExtraError, MissingShapeError
from model_garden_registry.hardware.gpus import Gpu, Hardware, HostMemory
from model_garden_registry.hardware.inventory.inventories import Inventory, InventoryNode
from model_garden_registry.placement import cpsat, placing
from model_garden_registry.placement.needs import Wanted
from model_garden_registry.placement.placements import Placement, Quality
from model_garden_registry.units import GB

TINY, SMALL, MIDDLE, LARGE = (
    "unsloth/tinyllama-bnb-4bit",
    "Qwen/Qwen3-8B",
    "Qwen/Qwen3-32B",
    "meta-llama/Llama-3.3-70B-Instruct",
)
HUGE = "deepseek-ai/DeepSeek-V3"
GPUS = ("8x H100 SXM", "4x L4", "2x A100 80GB SXM", "L4", "H100 SXM 1g.10gb:7", "H100 SXM 3g.40gb:2", "16x H200")


@pytest.fixture(scope="module")
def registry() -> ModelRegistry:
    """Give the shipped registry."""
    return load_registry(bundled_registry())


@st.composite
def inventories(draw: st.DrawFn) -> Inventory:
    """Make up an inventory of a few entries."""
    entries = [
        nodes(
            draw(st.sampled_from(GPUS)),
            count=draw(st.integers(1, 3)),
            pool=draw(st.sampled_from("ab")),
            name=f"n{number}",
            free=draw(st.none() | st.integers(0, 9)),
        )
        for number in range(draw(st.integers(0, 4)))
    ]
    return inventory(*entries)


def seats(placement: Placement) -> dict[str, list[tuple[str, int, int]]]:
    """Return pool, replicas and GPUs of each model's seats."""
    return {
        model.subject: [(seat.devices.pool, seat.replicas, seat.gpus) for seat in model.seats]
        for model in placement.models
    }


def problems(placement: Placement) -> dict[str, str | None]:
    """Return why models are not placed."""
    return {model.subject: model.problem for model in placement.models if not model.is_placed}


@settings(max_examples=25)
@given(
    there=inventories(),
    ids=st.sets(st.sampled_from([TINY, SMALL, MIDDLE, LARGE, HUGE])),
    replicas=st.integers(1, 3),
    task=st.sampled_from(["inference", "training"]),
)
def test_no_gpu_is_used_twice_and_validate_refuses_nothing(
    there: Inventory, ids: set[str], replicas: int, task: Task, registry: ModelRegistry
) -> None:
    """With either solver, and first-fit is never better."""
    best = registry.place(task, ids, there, replicas=replicas, solver="cpsat", seconds=60)
    first = registry.place(task, ids, there, replicas=replicas, solver="first-fit")

    assert list(faults(best, there, registry)) == []
    assert list(faults(first, there, registry)) == []
    assert (best.quality, first.quality) == (Quality.OPTIMAL, Quality.FIRST_FIT)
    assert _score(best) <= _score(first)


def _score(placement: Placement) -> tuple[int, int, int]:
    return len(problems(placement)), placement.gpus, placement.idle_bytes


@settings(max_examples=10)
@given(there=inventories(), replicas=st.integers(1, 2), random=st.randoms(use_true_random=False))
def test_the_order_of_models_and_nodes_does_not_matter(
    there: Inventory, replicas: int, random: Any, registry: ModelRegistry
) -> None:
    """Neither to CP-SAT nor to first-fit."""
    ids, turned = [TINY, SMALL, MIDDLE], list(there.nodes)
    random.shuffle(turned)
    other = replace(there, nodes=tuple(turned))

    for solver in ("cpsat", "first-fit"):
        one = registry.place("inference", ids, there, replicas=replicas, solver=solver, seconds=60)
        again = registry.place("inference", ids[::-1], other, replicas=replicas, solver=solver, seconds=60)
        assert _score(one) == _score(again)
        assert [model.subject for model in again.models] == ids[::-1]


def test_models_go_where_they_leave_least_idle(registry: ModelRegistry) -> None:
    """A small one on a small GPU, a large one where it fits at all."""
    there = inventory(nodes("8x H100 SXM", pool="big"), nodes("L4", count=4, pool="small"))
    placement = registry.place("inference", [LARGE, SMALL], there)

    assert seats(placement)[SMALL] == [("big", 1, 1)]
    assert [pool for pool, _, _ in seats(placement)[LARGE]] == ["big"]
    assert seats(registry.place("inference", [SMALL], there))[SMALL] == [("small", 1, 1)]
    assert placement.is_complete


def test_idle_is_what_no_replica_needs_on_nodes_in_use(registry: ModelRegistry) -> None:
    """Of each GPU what its verdict does not call safe, within a MiB for each; a node without a replica is not idle."""
    (gpu, *_) = known_gpu("8x H100 SXM").gpus
    placement = registry.place("inference", [LARGE], inventory(nodes("8x H100 SXM", count=2)))
    (seat,) = placement.models[0].seats
    assert seat.gpus > 1
    assert seat.report.estimate is not None
    assert isinstance(gpu.total_bytes, int)
    idle = 8 * gpu.total_bytes - seat.gpus * seat.report.estimate.safe_bytes

    assert abs(placement.idle_bytes - idle) <= 16 * 2**20


def test_a_model_is_spread_over_nodes_of_the_pool_that_has_enough(registry: ModelRegistry) -> None:
    """Other pools have fewer of the same."""
    for pools in ("ab", "ba"):
        counts = {"a": 2, "b": 1}
        there = inventory(*(nodes("8x H100 SXM", count=counts[pool], pool=pool, name=pool) for pool in pools))
        assert seats(registry.place("inference", [HUGE], there)) == {HUGE: [("a", 1, 8)]}


def test_a_model_goes_to_the_nodes_with_enough_ram(registry: ModelRegistry) -> None:
    """Those of a pool with less of it are not taken for the same."""
    least = registry.raw(SMALL)["requirements"]["min_ram_gb"]

    def entry(name: str, ram_gb: float) -> InventoryNode:
        hardware = replace(known_gpu("L4"), ram=HostMemory(total_bytes=int(ram_gb * GB)))
        return replace(nodes("L4", pool="a", name=name), hardware=hardware)

    there = inventory(entry("little", least - 1), entry("much", least + 1))
    (model,) = registry.place("inference", [SMALL], there).models

    assert [seat.entries for seat in model.seats] == [("much",)]


def test_a_model_that_cannot_be_judged_does_not_disturb_the_others() -> None:
    """It is not placed, for its own reason."""
    wanted = Wanted(subject="org/a", problem=MissingShapeError("org/a", "head_dim"))
    (model,) = placing.place("inference", [wanted], inventory(nodes("L4")), placing.Rules()).models

    assert not model.is_placed
    assert "head_dim" in (model.problem or "")


def test_it_is_not_said_how_models_are_placed() -> None:
    """Then CP-SAT searches ten seconds at most, if it is there, and no deprecated model is placed."""
    assert placing.Rules() == placing.Rules(solver=None, seconds=10.0, allow_deprecated=False)


def test_the_options_say_what_fits_at_once_and_what_more(registry: ModelRegistry) -> None:
    """For each pool, also where a model is not placed."""
    there = inventory(
        nodes("8x H100 SXM", count=2, pool="a"),
        nodes("4x L4", pool="b", free=3),
        nodes("4x L4", pool="c", free=0),
        nodes("H100 SXM 1g.10gb:7", pool="d"),
    )
    (model,) = registry.place("inference", [SMALL], there, replicas=3).models

    assert [(one.devices.pool, one.gpus, one.at_once, one.more) for one in model.options] == [
        ("a", 1, 16, 16),
        ("b", 1, 3, 0),
        ("c", None, 0, 0),
        ("d", None, 0, 0),
    ]
    assert [one.problem for one in model.options][:3] == [None, None, "all of these GPUs are in use"]
    assert "has 10.47 GB" in (model.options[3].problem or "")


@pytest.mark.parametrize(
    ("ids", "replicas", "expected"),
    [
        pytest.param([HUGE], 1, {HUGE: "it runs on none of these GPUs"}, id="too large"),
        pytest.param(
            [SMALL], 99, {SMALL: "99 replicas do not fit: there is space for 9, with nothing else"}, id="too many"
        ),
        pytest.param(
            [SMALL, TINY], 5, {TINY: "space for 4 of 5 replicas beside the other models"}, id="no space for all"
        ),
        pytest.param([MIDDLE, LARGE], 1, {LARGE: "no space beside the other models"}, id="no space for both"),
    ],
)
def test_what_is_not_placed_has_a_reason(
    ids: list[str], replicas: int, expected: dict[str, str], registry: ModelRegistry
) -> None:
    """In one line."""
    there = inventory(nodes("4x H100 SXM", pool="a"), nodes("L4", count=5, pool="b"))
    found = problems(registry.place("inference", ids, there, replicas=replicas))

    assert {subject: (problem or "")[: len(expected[subject])] for subject, problem in found.items()} == expected


def test_one_reason_of_all_nodes_is_the_reason(registry: ModelRegistry) -> None:
    """As validate tells it."""
    there = inventory(nodes("L4", count=2))
    report = registry.validate(LARGE, "inference", hardware=known_gpu("L4"))

    assert problems(registry.place("inference", [LARGE], there)) == {LARGE: report.error_message}


@pytest.mark.parametrize(
    "there",
    [inventory(), inventory(unknown("not stated")), inventory(nodes("4x L4", free=0))],
    ids=["no", "unknown", "busy"],
)
def test_without_gpus_nothing_is_placed(there: Inventory, registry: ModelRegistry) -> None:
    """And each model has the reason."""
    placement = registry.place("inference", [SMALL, TINY], there)

    assert not placement.is_complete
    assert len(problems(placement)) == 2
    assert set(problems(placement).values()) <= {
        "the inventory has no GPUs to place it on",
        "all of these GPUs are in use",
    }
    assert (placement.gpus, placement.idle_bytes) == (0, 0)


@pytest.mark.filterwarnings("ignore::model_garden_registry.RegistryWarning")
def test_a_model_without_need_of_a_gpu_has_no_seat(registry: ModelRegistry) -> None:
    """It is placed if it passes without one."""
    none = {"min_vram_gb": 0, "recommended_vram_gb": 0, "min_ram_gb": 8}
    free = {**registry.raw(TINY), "id": "org/none", "aliases": [], "requirements": none}
    other = registry.with_entry(free).with_entry({**free, "id": "org/old", "aliases": [], "status": "deprecated"})
    placement = other.place("inference", ["org/none", "org/old"], inventory())

    assert [(model.is_placed, model.seats, model.options) for model in placement.models] == [
        (True, (), ()),
        (False, (), ()),
    ]
    assert "deprecated" in (placement.models[1].problem or "")
    assert other.place("inference", ["org/old"], inventory(), allow_deprecated=True).is_complete


def test_without_ortools_first_fit_packs_and_says_so(registry: ModelRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless CP-SAT is asked for."""
    there = inventory(nodes("L4"))
    assert registry.place("inference", [SMALL], there).solver == "cpsat"

    monkeypatch.setattr(placing, "is_installed", lambda: False)
    monkeypatch.setitem(sys.modules, "ortools.sat.python", None)
    placement = registry.place("inference", [SMALL], there)

    assert (placement.solver, placement.quality) == ("first-fit", Quality.FIRST_FIT)
    assert "OR-Tools is not installed" in placement.note
    assert registry.place("inference", [SMALL], there, solver="first-fit").note == ""
    with pytest.raises(MissingExtraError):
        registry.place("inference", [SMALL], there, solver="cpsat")


def test_a_search_that_ends_early_is_the_best_found(registry: ModelRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not called optimal."""
    solve = cpsat.solve
    monkeypatch.setattr(
        placing, "solve", lambda problem, seconds: solve(problem, seconds=seconds)._replace(is_optimal=False)
    )

    assert registry.place("inference", [SMALL], inventory(nodes("L4"))).quality is Quality.BEST_FOUND


def test_a_node_whose_memory_is_impossible_takes_nothing(registry: ModelRegistry) -> None:
    """And does not disturb the others."""
    odd = Hardware(source="file", gpus=tuple(Gpu(index=index, name="X", total_bytes=2**62) for index in range(1024)))
    entry = replace(nodes("L4", count=900_000, pool="odd"), hardware=odd)
    placement = registry.place("inference", [SMALL], inventory(entry, nodes("L4", pool="small")))

    assert placement.quality is Quality.OPTIMAL
    assert seats(placement) == {SMALL: [("small", 1, 1)]}


def test_a_million_nodes_are_placed_on(registry: ModelRegistry) -> None:
    """And a million replicas."""
    there = inventory(nodes("8x H100 SXM", count=1_000_000, pool="a"), nodes("L4", count=1_000_000, pool="b"))
    placement = registry.place("inference", [SMALL, LARGE], there, replicas=1_000_000)

    assert placement.is_complete
    assert list(faults(placement, there, registry)) == []
    assert len(placement.layouts) < 10
