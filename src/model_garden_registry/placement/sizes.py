"""Which numbers of replicas of each size fit on equal nodes. A size is the number of devices of one replica."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, pairwise
from typing import TypeAlias

#: How many replicas of each size are on a node.
Pattern: TypeAlias = Mapping[int, int]
#: With more patterns a node is treated as in ``doubled``.
MOST_PATTERNS = 2_000


def is_chain(sizes: Sequence[int], devices: int) -> bool:
    """
    Return whether each size divides the next larger one, or that one fills the node.

    Then replicas fit on nodes exactly if, for each size, those of this size or a larger one do: counted in pieces of
    this size, of which a node has ``devices // size``.

    Args:
        sizes: In ascending order, none larger than the node.

        devices: How many devices a node has.
    """
    return all(large % small == 0 or large == devices for small, large in pairwise(sizes))


def patterns(sizes: Iterable[int], devices: int) -> tuple[Pattern, ...] | None:
    """
    Return every pattern on a node to which nothing can be added; None if there are too many.

    Args:
        sizes: None larger than the node.

        devices: How many devices a node has.
    """
    found = tuple(islice(_patterns(sorted(sizes, reverse=True), devices), MOST_PATTERNS + 1))
    return found if len(found) <= MOST_PATTERNS else None


def _patterns(sizes: Sequence[int], devices: int) -> Iterator[dict[int, int]]:
    first, *others = sizes
    most = devices // first
    if not others:
        yield {first: most} if most else {}
        return
    for number in range(most, -1, -1):  # the smallest size fills whatever the others leave
        for rest in _patterns(others, devices - number * first):
            yield {first: number, **rest} if number else rest


def doubled(size: int, devices: int) -> int:
    """Return the next power of two, or the whole node if that is larger: such sizes are a chain."""
    return min(1 << (size - 1).bit_length(), devices)
