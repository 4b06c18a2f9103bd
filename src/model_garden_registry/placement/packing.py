"""
Models to pack and nodes to pack them on, as whole numbers; a packing and its score.

A device is a whole GPU or a MIG slice. All devices of a node here are equal: a node with several kinds of devices
stands in several bins, one for each kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """
    Equal nodes.

    Args:
        count: How many nodes.

        devices: How many devices each of them has, at least one.

        device_mib: Memory of each device.
    """

    count: int
    devices: int
    device_mib: int


class Use(NamedTuple):
    """
    What a replica takes.

    Args:
        devices: How many devices of a node, at least one; all of them, if it spans several nodes.

        mib: Memory that it needs of these together.

        nodes: How many nodes of the bin it spans: on each of them is a part of it.
    """

    devices: int
    mib: int
    nodes: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """
    A model: all of its replicas are placed, or none.

    Args:
        replicas: How many, at least one.

        uses: What a replica takes on the nodes of each bin, by the bin's index. It does not run on the others.
    """

    replicas: int
    uses: Mapping[int, Use]


@dataclass(frozen=True, slots=True)
class Problem:
    """
    Models to pack on nodes.

    Args:
        items: The models.

        bins: The nodes, in the order in which first-fit tries them.
    """

    items: Sequence[Item]
    bins: Sequence[Bin]


@dataclass(frozen=True, slots=True)
class Filled:
    """
    Nodes of one bin that have the same on them.

    Args:
        count: How many nodes.

        parts: Parts of replicas on each node, by the index of the item: replicas, where one node takes a whole one;
            empty: nothing is on them.
    """

    count: int
    parts: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Packing:
    """
    All nodes, with what is on them.

    Args:
        bins: For each bin its nodes, in groups; the counts of the groups add up to that of the bin.
    """

    bins: tuple[tuple[Filled, ...], ...]

    def parts(self, item: int) -> dict[int, int]:
        """Return how many parts of replicas of an item are on the nodes of each bin, by the bin's index."""
        found = (sum(one.count * one.parts.get(item, 0) for one in each) for each in self.bins)
        return {place: number for place, number in enumerate(found) if number}


class Score(NamedTuple):
    """
    How good a packing is: the smaller tuple is better.

    Args:
        unplaced: Models without a place.

        devices: GPUs and MIG slices in use.

        idle_mib: Memory that no replica needs, on nodes with at least one.
    """

    unplaced: int
    devices: int
    idle_mib: int


def score_of(problem: Problem, packing: Packing) -> Score:
    """Return the score of a packing."""
    placed: set[int] = set()
    devices = idle = 0
    for place, (bin_, groups) in enumerate(zip(problem.bins, packing.bins, strict=True)):
        for group in groups:
            uses = [(number, problem.items[item].uses[place]) for item, number in group.parts.items()]
            placed |= group.parts.keys()
            devices += group.count * sum(number * use.devices for number, use in uses)
            needed = sum(number * use.mib for number, use in uses)
            idle += group.count * (bin_.devices * bin_.device_mib - needed) if uses else 0
    return Score(len(problem.items) - len(placed), devices, idle)
