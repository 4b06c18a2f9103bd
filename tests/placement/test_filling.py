"""Nodes filled with replicas, in groups."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.placement.filling import filled, space_beside
from model_garden_registry.placement.packing import Bin, Filled, Item, Problem, Use


def problem(*, devices: int, each: int) -> Problem:
    """Return a problem of one kind of node, a model of three devices, and one of so many."""
    items = [Item(replicas=1, uses={0: Use(3, 0)}), Item(replicas=1, uses={0: Use(each, 0)})]
    return Problem(items, [Bin(count=9, devices=devices, device_mib=1)])


@pytest.mark.parametrize(
    ("wanted", "expected", "left"),
    [
        pytest.param(0, (Filled(3, {}),), 0, id="none"),
        pytest.param(1, (Filled(1, {1: 1}), Filled(2, {})), 0, id="a part of one node"),
        pytest.param(4, (Filled(1, {1: 4}), Filled(2, {})), 0, id="one node full"),
        pytest.param(6, (Filled(1, {1: 4}), Filled(1, {1: 2}), Filled(1, {})), 0, id="a node and a half"),
        pytest.param(12, (Filled(3, {1: 4}),), 0, id="all nodes full"),
        pytest.param(13, (Filled(3, {1: 4}),), 1, id="one too many"),
    ],
)
def test_replicas_go_to_the_first_nodes_with_room(wanted: int, expected: tuple[Filled, ...], left: int) -> None:
    """Nodes with the same on them stay one group."""
    space = space_beside(problem(devices=8, each=2), 0, 1)

    assert filled((Filled(3, {}),), 1, wanted, space) == (expected, left)


def test_what_is_there_keeps_its_place() -> None:
    """A node is filled beside it, and one without space is passed over."""
    space = space_beside(problem(devices=7, each=2), 0, 1)
    groups = (Filled(1, {0: 2}), Filled(2, {0: 1}), Filled(1, {}))

    assert filled(groups, 1, 5, space) == (
        (Filled(1, {0: 2}), Filled(2, {0: 1, 1: 2}), Filled(1, {1: 1})),
        0,
    )


@given(
    counts=st.lists(st.integers(1, 5), min_size=1, max_size=4),
    devices=st.integers(1, 9),
    each=st.integers(1, 9),
    wanted=st.integers(0, 60),
)
def test_no_node_and_no_replica_is_lost(counts: list[int], devices: int, each: int, wanted: int) -> None:
    """What has no space is told."""
    space = space_beside(problem(devices=devices, each=each), 0, 1)

    groups, left = filled([Filled(count, {}) for count in counts], 1, wanted, space)

    assert sum(group.count for group in groups) == sum(counts)
    assert sum(group.count * group.parts.get(1, 0) for group in groups) == wanted - left
    assert left == max(wanted - sum(counts) * (devices // each), 0)
    assert all(group.parts.get(1, 0) * each <= devices for group in groups)
