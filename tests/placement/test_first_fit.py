"""Packing by first-fit decreasing."""

from __future__ import annotations

import pytest
from hypothesis import given
from packing_cases import best_score, faults, problems

from model_garden_registry.placement.first_fit import first_fit
from model_garden_registry.placement.packing import Bin, Filled, Item, Packing, Problem, Use, score_of


def one_kind(*sizes: int, replicas: int = 1, nodes: int = 2, devices: int = 8) -> Problem:
    """Return models of these sizes on equal nodes."""
    items = [Item(replicas=replicas, uses={0: Use(size, size)}) for size in sizes]
    return Problem(items, [Bin(count=nodes, devices=devices, device_mib=1)])


def item(uses: dict[int, Use], *, replicas: int = 1) -> Item:
    """Return a model that runs on these kinds of nodes."""
    return Item(replicas=replicas, uses=uses)


def test_the_model_that_takes_most_comes_first() -> None:
    """Whatever the order in which models stand."""
    assert first_fit(one_kind(2, 6, 8)) == Packing(((Filled(1, {2: 1}), Filled(1, {1: 1, 0: 1})),))


def test_a_model_whose_replicas_do_not_all_fit_is_left_out() -> None:
    """And takes nothing from the next one."""
    assert first_fit(one_kind(5, 4, replicas=3)) == Packing(((Filled(1, {1: 2}), Filled(1, {1: 1})),))
    assert first_fit(one_kind(5, 4, replicas=2)) == Packing(((Filled(2, {0: 1}),),))


def test_nodes_are_tried_in_their_order() -> None:
    """The first kind that the model runs on, then the next."""
    bins = [Bin(count=1, devices=1, device_mib=1), Bin(count=1, devices=4, device_mib=2)]
    problem = Problem([Item(replicas=3, uses={1: Use(1, 1), 0: Use(1, 1)}), Item(replicas=1, uses={})], bins)

    assert first_fit(problem) == Packing(((Filled(1, {0: 1}),), (Filled(1, {0: 2}),)))


def test_what_a_model_takes_is_counted_on_all_nodes_that_a_replica_spans() -> None:
    """Devices first, then memory."""
    two = Use(4, 2, nodes=2)
    problem = Problem([item({0: Use(4, 12)}), item({0: two})], [Bin(count=2, devices=4, device_mib=3)])
    assert first_fit(problem) == Packing(((Filled(2, {1: 1}),),))

    bins = [Bin(count=2, devices=4, device_mib=9), Bin(count=1, devices=8, device_mib=9)]
    either, only = item({0: Use(4, 30, nodes=2), 1: Use(8, 15)}), item({0: Use(4, 10, nodes=2)})
    assert first_fit(Problem([either, only], bins)) == Packing(((Filled(2, {1: 1}),), (Filled(1, {0: 1}),)))


@pytest.mark.parametrize(
    "much",
    [
        pytest.param({0: Use(8, 1), 1: Use(1, 1)}, id="few GPUs elsewhere"),
        pytest.param({0: Use(8, 1), 2: Use(2, 1, nodes=8), 1: Use(1, 1)}, id="many nodes of few elsewhere"),
        pytest.param({0: Use(8, 1), 2: Use(2, 1, nodes=8), 3: Use(4, 1)}, id="less than many nodes of few"),
    ],
)
def test_the_least_that_a_model_takes_anywhere_is_its_size(much: dict[int, Use]) -> None:
    """It comes after one that takes 5 GPUs, and leaves it its place."""
    bins = [Bin(count=1, devices=devices, device_mib=1) for devices in (8, 1, 2, 4)]

    assert first_fit(Problem([item(much), item({0: Use(5, 1)})], bins)).parts(1) == {0: 1}


def test_of_models_with_as_many_gpus_more_memory_comes_first_then_more_replicas() -> None:
    """There is space for one of them."""
    bins = [Bin(count=2, devices=4, device_mib=9)]
    memory = Problem([item({0: Use(4, 8)}, replicas=2), item({0: Use(4, 9)})], bins)
    replicas = Problem([item({0: Use(4, 8)}), item({0: Use(4, 8)}, replicas=2)], bins)

    assert first_fit(memory) == Packing(((Filled(1, {1: 1}), Filled(1, {})),))
    assert first_fit(replicas) == Packing(((Filled(2, {1: 1}),),))


def test_a_replica_over_several_nodes_takes_only_nodes_that_are_empty() -> None:
    """None of it is placed where one node is missing; a replica that has its nodes elsewhere is."""
    four, two = item({0: Use(8, 1, nodes=4)}), item({0: Use(8, 1, nodes=2)})

    packing = first_fit(Problem([four, two], [Bin(count=5, devices=8, device_mib=1)]))
    assert packing == Packing(((Filled(4, {0: 1}), Filled(1, {})),))

    both = item({0: Use(8, 1, nodes=2), 1: Use(4, 1, nodes=2)}, replicas=2)
    bins = [Bin(count=3, devices=8, device_mib=1), Bin(count=3, devices=4, device_mib=1)]
    assert first_fit(Problem([both], bins)).parts(0) == {0: 2, 1: 2}


def test_it_can_leave_out_what_would_fit() -> None:
    """4, 2 and 2 fill a node of 8, but 3 comes before 2: why it is told which solver packed."""
    problem = one_kind(4, 3, 3, 2, 2, 2)

    assert score_of(problem, first_fit(problem)).unplaced == 1
    assert best_score(problem).unplaced == 0


@given(problem=problems())
def test_no_device_is_used_twice_and_the_score_is_not_better_than_the_best(problem: Problem) -> None:
    """On any problem."""
    packing = first_fit(problem)

    assert faults(problem, packing) == []
    assert score_of(problem, packing) >= best_score(problem)
