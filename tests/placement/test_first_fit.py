"""Packing by first-fit decreasing."""

from __future__ import annotations

from hypothesis import given
from packing_cases import best_score, faults, problems

from model_garden_registry.placement.first_fit import first_fit
from model_garden_registry.placement.packing import Bin, Filled, Item, Packing, Problem, Use, score_of


def one_kind(*sizes: int, replicas: int = 1, nodes: int = 2, devices: int = 8) -> Problem:
    """Return models of these sizes on equal nodes."""
    items = [Item(replicas=replicas, uses={0: Use(size, size)}) for size in sizes]
    return Problem(items, [Bin(count=nodes, devices=devices, device_mib=1)])


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
