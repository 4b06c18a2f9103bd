"""Classes of size, and sizes that are asked for."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.catalogue.sizes import SIZE_CLASSES, SizeRange, parse_size, size_class

B = 10**9


@given(st.integers(min_value=0, max_value=10**15))
def test_every_count_has_exactly_one_class(parameters: int) -> None:
    """Classes neither overlap nor leave a gap."""
    assert [name for name, bounds in SIZE_CLASSES.items() if bounds.holds(parameters)] == [size_class(parameters)]


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        pytest.param(0, "tiny", id="nothing"),
        pytest.param(B - 1, "tiny", id="one short of small"),
        pytest.param(2 * B, "small", id="2B"),
        pytest.param(10 * B, "medium", id="10B"),
        pytest.param(40 * B, "large", id="40B"),
        pytest.param(150 * B, "huge", id="150B"),
        pytest.param(10**15, "huge", id="the largest count of all"),
    ],
)
def test_a_bound_belongs_to_the_class_above(parameters: int, name: str) -> None:
    """As "below 2B" says."""
    assert size_class(parameters) == name


def test_classes_are_said_in_words() -> None:
    """The bounds, as people write them."""
    assert {name: bounds.words for name, bounds in SIZE_CLASSES.items()} == {
        "tiny": "under 1B",
        "small": "1B to 10B",
        "medium": "10B to 40B",
        "large": "40B to 150B",
        "huge": "150B or more",
    }


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param("Small", SIZE_CLASSES["small"], id="a class, whatever its case"),
        pytest.param("10B", SizeRange(9 * B, 11 * B + 1), id="a size"),
        pytest.param("7b..14b", SizeRange(6_300_000_000, 15_400_000_001), id="a range, both ends loose"),
        pytest.param("..4B", SizeRange(0, 4_400_000_001), id="up to"),
        pytest.param("70B..", SizeRange(63 * B, math.inf), id="from"),
        pytest.param("8x7B", SizeRange(50_400_000_000, 61_600_000_001), id="experts"),
        pytest.param("30B-A3B", SizeRange(27 * B, 33 * B + 1), id="all of a mixture, not the active ones"),
    ],
)
def test_a_size_is_read(text: str, wanted: SizeRange) -> None:
    """A class is exact; a number is meant as models are called, a tenth more or less."""
    assert parse_size(text) == wanted


@pytest.mark.parametrize(
    "text", ["", "..", "smal", "8", "7B...14B", "7B-14B", "14B..7B", "small..large", f"{'9' * 5000}B"]
)
def test_what_is_no_size_is_refused(text: str) -> None:
    """In words that say what is one."""
    with pytest.raises(ValueError, match=r"size.*; tiny, small, medium, large, huge, or numbers such as 8B, 7B..14B"):
        parse_size(text)


@given(st.text())
def test_any_other_text_is_a_value_error(text: str) -> None:
    """Never another error."""
    try:
        wanted = parse_size(text)
    except ValueError:
        return
    assert wanted.least < wanted.below
