"""Packing by first-fit decreasing: the models that take most first, each on the first nodes with enough space."""

from __future__ import annotations

from collections.abc import Sequence

from model_garden_registry.placement.filling import filled, space_beside
from model_garden_registry.placement.packing import Filled, Item, Packing, Problem


def first_fit(problem: Problem) -> Packing:
    """
    Pack models one after the other, those that take most devices first; what is placed is never moved.

    A model whose replicas do not all fit is left out. The order of models does not matter, except for equal ones.
    """
    bins: list[tuple[Filled, ...]] = [(Filled(bin_.count, {}),) for bin_ in problem.bins]
    running = [number for number, item in enumerate(problem.items) if item.uses]
    for number in sorted(running, key=lambda number: _weight(problem.items[number])):
        item, left, tried = problem.items[number], problem.items[number].replicas, list(bins)
        for place, use in sorted(item.uses.items()):
            wanted = left if use.nodes == 1 else min(left, _unused(tried[place]) // use.nodes)
            space = space_beside(problem, place, number)
            tried[place], missing = filled(tried[place], number, wanted * use.nodes, space)
            left -= wanted - missing  # over several nodes none is missing: there are enough that nothing is on
        if not left:
            bins = tried
    return Packing(tuple(bins))


def _unused(groups: Sequence[Filled]) -> int:
    return sum(group.count for group in groups if not group.parts)


def _weight(item: Item) -> tuple[int, int, int]:
    """Return the place of a model among others: the smallest of what it may take decides, largest first."""
    devices, mib = min((use.nodes * use.devices, use.nodes * use.mib) for use in item.uses.values())
    return -devices, -mib, -item.replicas
