"""Nodes filled with replicas, in groups of nodes that have the same on them: a million nodes are a few groups."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from model_garden_registry.placement.packing import Filled, Problem

#: How many more parts of replicas of an item fit on a node with these parts.
Space = Callable[[Mapping[int, int]], int]


def space_beside(problem: Problem, place: int, item: int) -> Space:
    """
    Return how many parts of an item fit beside others on a node of a bin, as far as its devices are enough.

    Args:
        place: The index of the bin.
    """
    devices = problem.bins[place].devices
    each = problem.items[item].uses[place].devices

    def space(parts: Mapping[int, int]) -> int:
        taken = sum(number * problem.items[other].uses[place].devices for other, number in parts.items())
        return (devices - taken) // each

    return space


def filled(groups: Iterable[Filled], item: int, wanted: int, space: Space) -> tuple[tuple[Filled, ...], int]:
    """
    Put parts of replicas on the first nodes with space for them; none of the item is on any node before.

    Returns:
        All nodes, and how many of the parts had no space.
    """
    found: list[Filled] = []
    left = wanted
    for group in groups:
        each = space(group.parts) if left else 0
        added = list(_added(group, item, each, left)) if each > 0 else [group]
        left -= sum(one.count * one.parts.get(item, 0) for one in added)
        found += added
    return tuple(found), left


def _added(group: Filled, item: int, each: int, wanted: int) -> Iterator[Filled]:
    """Yield the nodes of a group: first those with as many parts as have space, then one with the rest."""
    full = min(group.count, wanted // each)
    if full:
        yield Filled(full, {**group.parts, item: each})
    rest = wanted - full * each if full < group.count else 0
    if rest:
        yield Filled(1, {**group.parts, item: rest})
    if untouched := group.count - full - bool(rest):
        yield Filled(untouched, group.parts)
