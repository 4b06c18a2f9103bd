"""Sizes in words and numbers for people."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.units import GB, GIB, MIB, parse_parameter_count, parse_whole, short_number

SCALES = {"K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}


def test_memory_is_decimal_in_files_and_binary_in_drivers() -> None:
    """GB is 10^9 bytes; MiB and GiB are powers of two."""
    assert (GB, MIB, GIB) == (1_000_000_000, 1_048_576, 1_073_741_824)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        pytest.param("1.1B", 1_100_000_000, id="billions"),
        pytest.param("350M", 350_000_000, id="millions"),
        pytest.param("90K", 90_000, id="thousands"),
        pytest.param("1T", 1_000_000_000_000, id="trillions"),
        pytest.param("8x7B", 56_000_000_000, id="experts: their product"),
        pytest.param("30B-A3B", 30_000_000_000, id="active parameters: the total counts"),
        pytest.param("16x1.5B-A2.7B", 24_000_000_000, id="experts and active parameters"),
        pytest.param("0.1B", 100_000_000, id="no rounding error"),
        pytest.param(f"{'9' * 400}B", int("9" * 400) * 10**9, id="more than a float holds"),
    ],
)
def test_a_size_in_words_is_read(text: str, count: int) -> None:
    """All spellings that the format documents give a whole count."""
    assert parse_parameter_count(text) == count


@pytest.mark.parametrize(
    "text", ["", "7", "B", "7b", "7 B", " 7B", "7B\n", "-7B", ".5B", "7.B", "8x", "x7B", "7B-3B", "7B-A3T", "\u0667B"]
)
def test_what_is_no_size_is_refused(text: str) -> None:
    """The error repeats the text; nothing is guessed."""
    with pytest.raises(ValueError, match="not a parameter count") as caught:
        parse_parameter_count(text)

    assert str(caught.value) == f"not a parameter count: {text!r}"


@given(
    thousandths=st.integers(0, 10**7), letter=st.sampled_from(sorted(SCALES)), experts=st.none() | st.integers(1, 512)
)
def test_a_written_size_reads_back(thousandths: int, letter: str, experts: int | None) -> None:
    """Up to three decimals, the count is exact."""
    text = f"{'' if experts is None else f'{experts}x'}{thousandths // 1000}.{thousandths % 1000:03}{letter}"

    assert parse_parameter_count(text) == (experts or 1) * thousandths * SCALES[letter] // 1000


@pytest.mark.parametrize(
    ("text", "number"),
    [
        pytest.param("4096", 4096, id="plain"),
        pytest.param("-1", -1, id="below 0"),
        pytest.param("32k", 32768, id="k is 1024"),
        pytest.param("128K", 131072, id="in capitals"),
        pytest.param("1.5k", 1536, id="half a k"),
        pytest.param("0.25k", 256, id="a quarter"),
        pytest.param("0.3k", None, id="no whole number"),
        pytest.param("1.5", None, id="a fraction"),
        pytest.param("k", None, id="the letter alone"),
        pytest.param("1M", None, id="another letter"),
        pytest.param("1 k", None, id="apart"),
        pytest.param("\u0663k", None, id="digits of another script"),
        pytest.param("9" * 20, None, id="longer than any setting"),
    ],
)
def test_whole_numbers_of_our_options(text: str, number: int | None) -> None:
    """``k`` counts as tokens are counted."""
    assert parse_whole(text) == number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(4, "4", id="an integer"),
        pytest.param(4.0, "4", id="a whole float"),
        pytest.param(4.5, "4.5", id="a fraction"),
        pytest.param(-2.0, "-2", id="negative"),
        pytest.param(0.00001, "1e-05", id="small"),
        pytest.param(1e300, "1e+300", id="large: not three hundred digits"),
    ],
)
def test_a_number_is_written_without_a_needless_fraction(value: float, text: str) -> None:
    """`.0` says nothing to people."""
    assert short_number(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_shortened_number_is_the_same_number(value: float) -> None:
    """Shortening loses nothing."""
    text = short_number(value)

    assert float(text) == value
    assert not text.endswith(".0")
