"""Small problems of packing, made up by hypothesis, and their best score by trying everything."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, combinations, combinations_with_replacement, product

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
        of_one = devices.flatmap(lambda n: st.builds(Use, st.just(n), st.integers(0, n * bin_.device_mib), st.just(1)))
        most = st.integers(0, bin_.devices * bin_.device_mib)
        return of_one | st.builds(Use, st.just(bin_.devices), most, st.just(2))

    items = []
    for _ in range(draw(st.integers(0, 3))):
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
        [(), *combinations_with_replacement(list(_places(item, nodes)), item.replicas)] for item in problem.items
    ]
    for chosen in product(*choices):
        left = [problem.bins[place].devices for place in nodes]
        needed, taken = [0] * len(nodes), 0
        for item, places in zip(problem.items, chosen, strict=True):
            for node in chain.from_iterable(places):
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


def _places(item: Item, nodes: list[int]) -> Iterator[tuple[int, ...]]:
    """Yield the sets of nodes on which a replica can be."""
    for place, use in item.uses.items():
        yield from combinations([node for node, one in enumerate(nodes) if one == place], use.nodes)


def faults(problem: Problem, packing: Packing) -> list[str]:
    """Return what is wrong with a packing: nodes lost or made up, devices used twice, replicas missing."""
    found = []
    for place, (bin_, groups) in enumerate(zip(problem.bins, packing.bins, strict=True)):
        if sum(group.count for group in groups) != bin_.count:
            found.append(f"bin {place} has {groups}")
        for group in groups:
            used = sum(number * problem.items[item].uses[place].devices for item, number in group.parts.items())
            if used > bin_.devices:
                found.append(f"bin {place} uses {used} devices of {bin_.devices}")
    for item, one in enumerate(problem.items):
        there = sum(number / one.uses[place].nodes for place, number in packing.parts(item).items())
        if there not in (0, one.replicas):
            found.append(f"item {item} has {there} replicas of {one.replicas}")
    return found
