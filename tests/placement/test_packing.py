"""Models and nodes as whole numbers, and the score of a packing."""

from __future__ import annotations

import pytest

from model_garden_registry.placement.packing import Bin, Filled, Item, Packing, Problem, Score, Use, score_of

PROBLEM = Problem(
    items=[Item(replicas=3, uses={0: Use(2, 30), 1: Use(1, 20)}), Item(replicas=1, uses={1: Use(1, 5)})],
    bins=[Bin(count=4, devices=4, device_mib=20), Bin(count=1, devices=1, device_mib=40)],
)


def test_the_score_counts_models_devices_and_memory_of_nodes_in_use() -> None:
    """An empty node is not idle; memory that no replica needs on the others is."""
    packing = Packing(((Filled(1, {0: 2}), Filled(1, {0: 1}), Filled(2, {})), (Filled(1, {}),)))

    assert score_of(PROBLEM, packing) == Score(unplaced=1, devices=6, idle_mib=(80 - 60) + (80 - 30))


def test_a_better_score_is_smaller_by_models_then_devices_then_memory() -> None:
    """In this order."""
    scores = [Score(1, 0, 0), Score(0, 9, 0), Score(0, 3, 70), Score(0, 3, 60)]

    assert sorted(scores) == scores[::-1]


def test_replicas_are_counted_on_all_nodes_of_a_bin() -> None:
    """Bins without any are not named."""
    packing = Packing(((Filled(2, {0: 1}), Filled(1, {0: 3, 1: 1}), Filled(1, {})), (Filled(1, {}),)))

    assert packing.parts(0) == {0: 5}
    assert packing.parts(1) == {0: 1}


def test_a_packing_is_of_all_nodes_of_its_problem() -> None:
    """One without some of them has no score, nor has one with others: it would be taken for a better one."""
    every = Packing(((Filled(4, {}),), (Filled(1, {}),)))
    assert score_of(PROBLEM, every) == Score(unplaced=2, devices=0, idle_mib=0)

    for bins in (every.bins[:1], (*every.bins, (Filled(1, {}),))):
        with pytest.raises(ValueError, match="argument"):
            score_of(PROBLEM, Packing(bins))


def test_a_replica_is_on_one_node_unless_it_spans_several() -> None:
    """A model of four GPUs is not two times as many."""
    assert Use(4, 30) == Use(devices=4, mib=30, nodes=1)
