"""Which numbers of replicas of each size fit on equal nodes."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.placement.sizes import MOST_PATTERNS, doubled, is_chain, patterns


@pytest.mark.parametrize(
    ("sizes", "devices", "expected"),
    [
        pytest.param([], 8, True, id="none"),
        pytest.param([3], 8, True, id="one size"),
        pytest.param([1, 2, 4, 8], 8, True, id="powers of two"),
        pytest.param([2, 6], 8, True, id="one divides the other"),
        pytest.param([2, 3], 8, False, id="neither divides the other"),
        pytest.param([3, 8], 8, True, id="the larger one fills the node"),
        pytest.param([3, 8], 9, False, id="the larger one leaves space"),
    ],
)
def test_sizes_are_a_chain_if_each_divides_the_next(sizes: list[int], devices: int, expected: bool) -> None:
    """Or if the next one leaves no space for any other."""
    assert is_chain(sizes, devices) is expected


def test_patterns_are_those_to_which_nothing_can_be_added() -> None:
    """For 2 and 3 on 7: three twos, or two threes, or both."""
    assert patterns([2, 3], 7) == ({3: 2}, {3: 1, 2: 2}, {2: 3})


@given(sizes=st.sets(st.integers(1, 8), min_size=1, max_size=4), devices=st.integers(8, 12))
def test_whatever_fits_is_within_a_pattern(sizes: set[int], devices: int) -> None:
    """And every pattern fits."""
    found = patterns(sizes, devices)
    assert found is not None

    ordered = sorted(sizes)
    for numbers in product(*[range(devices // size + 1) for size in ordered]):
        fits = sum(size * number for size, number in zip(ordered, numbers, strict=True)) <= devices
        within = any(
            all(number <= pattern.get(size, 0) for size, number in zip(ordered, numbers, strict=True))
            for pattern in found
        )
        assert fits == within


def test_too_many_patterns_are_none() -> None:
    """A node of a thousand GPUs with sizes that do not divide each other has millions."""
    some = patterns([3, 4, 5, 7], 60)

    assert some is not None
    assert 100 < len(some) <= MOST_PATTERNS
    assert patterns([1, 2, 3, 5, 7], 1024) is None


def test_as_many_patterns_as_are_allowed_are_not_too_many() -> None:
    """With sizes 1 and 2 there is one pattern for each number of twos."""
    most = patterns([1, 2], 2 * 1_999)

    assert most is not None
    assert len(most) == 2_000
    assert patterns([1, 2], 2 * 2_000) is None


@pytest.mark.parametrize(("size", "expected"), [(1, 1), (2, 2), (3, 4), (5, 8), (8, 8), (9, 12), (12, 12)])
def test_a_size_is_doubled_up_to_the_whole_node(size: int, expected: int) -> None:
    """To the next power of two."""
    assert doubled(size, 12) == expected


@given(sizes=st.sets(st.integers(1, 100), min_size=1))
def test_doubled_sizes_are_a_chain(sizes: set[int]) -> None:
    """On any node that is large enough."""
    assert is_chain(sorted({doubled(size, 100) for size in sizes}), 100)
