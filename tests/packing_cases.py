"""Small problems of packing, made up by hypothesis, and their best score by trying everything."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations_with_replacement, product

from hypothesis import strategies as st

from model_garden_registry.placement.packing import Bin, Item, Packing, Problem, Score, Use


@st.composite
def bins(draw: st.DrawFn) -> Bin:
    """Make up a few equal nodes."""
    return Bin(count=draw(st.integers(1, 2)), devices=draw(st.integers(1, 7)), device_mib=draw(st.integers(0, 9)))


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Make up a problem for which everything can be tried: sizes that divide each other, and others."""
    there = draw(st.lists(bins(), min_size=1, max_size=2))

    def use(bin_: Bin) -> st.SearchStrategy[Use]:
        devices = st.integers(1, bin_.devices)
        return devices.flatmap(lambda number: st.builds(Use, st.just(number), st.integers(0, number * bin_.device_mib)))

    items = []
    for _ in range(draw(st.integers(0, 4))):
        places = draw(st.sets(st.sampled_from(range(len(there)))))
        uses = {place: draw(use(there[place])) for place in sorted(places)}
        items.append(Item(replicas=draw(st.integers(1, 2)), uses=uses))
    return Problem(items, there)


def best_score(problem: Problem) -> Score:
    """Return the best score of all packings."""
    return min(_scores(problem))


def _scores(problem: Problem) -> Iterator[Score]:
    nodes = [place for place, one in enumerate(problem.bins) for _ in range(one.count)]
    choices = [
        [(), *combinations_with_replacement([n for n, place in enumerate(nodes) if place in item.uses], item.replicas)]
        for item in problem.items
    ]
    for chosen in product(*choices):
        left = [problem.bins[place].devices for place in nodes]
        needed, taken = [0] * len(nodes), 0
        for item, places in zip(problem.items, chosen, strict=True):
            for node in places:
                use = item.uses[nodes[node]]
                left[node] -= use.devices
                needed[node] += use.mib
                taken += use.devices
        if all(number >= 0 for number in left):
            whole = [problem.bins[place].devices for place in nodes]
            idle = sum(
                whole[node] * problem.bins[place].device_mib - needed[node]
                for node, place in enumerate(nodes)
                if left[node] < whole[node]
            )
            yield Score(sum(not places for places in chosen), taken, idle)


def faults(problem: Problem, packing: Packing) -> list[str]:
    """Return what is wrong with a packing: nodes lost or made up, devices used twice, replicas missing."""
    found = []
    for place, (bin_, groups) in enumerate(zip(problem.bins, packing.bins, strict=True)):
        if sum(group.count for group in groups) != bin_.count:
            found.append(f"bin {place} has {groups}")
        for group in groups:
            used = sum(number * problem.items[item].uses[place].devices for item, number in group.replicas.items())
            if used > bin_.devices:
                found.append(f"bin {place} uses {used} devices of {bin_.devices}")
    for item, one in enumerate(problem.items):
        there = sum(packing.replicas(item).values())
        if there not in (0, one.replicas):
            found.append(f"item {item} has {there} replicas of {one.replicas}")
    return found
