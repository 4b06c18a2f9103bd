"""Numbers of the command line: what is taken, and what is refused in which words."""

from __future__ import annotations

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.cli.options.numbers import real_number, whole_number


@given(st.integers(0, 65535))
def test_a_whole_number_within_its_bounds_is_taken(number: int) -> None:
    """The bounds themselves included."""
    assert whole_number(least=0, most=65535)(str(number)) == number


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("0", "must be between 1 and 64", id="one below"),
        pytest.param("65", "must be between 1 and 64", id="one above"),
        pytest.param("1.0", "'1.0' is not a whole number", id="a fraction"),
        pytest.param("", "'' is not a whole number", id="nothing"),
        pytest.param("1k", "'1k' is not a whole number", id="a letter"),
        pytest.param("nan", "'nan' is not a whole number", id="not a number"),
        pytest.param("inf", "'inf' is not a whole number", id="infinity"),
    ],
)
def test_another_number_is_refused(text: str, problem: str) -> None:
    """By what it is, or by the bounds."""
    with pytest.raises(typer.BadParameter) as refusal:
        whole_number(least=1, most=64)(text)

    assert refusal.value.message == problem


def test_a_number_without_an_upper_bound_says_only_the_lower() -> None:
    """However large, it is taken."""
    with pytest.raises(typer.BadParameter, match="must be 1 or more"):
        whole_number(least=1)("0")

    assert whole_number(least=1)("9" * 30) == int("9" * 30)


@given(st.floats(min_value=0, allow_nan=False))
def test_a_size_of_0_or_more_is_taken(number: float) -> None:
    """As it is written."""
    assert real_number(least=0)(repr(number)) == number


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("-0.1", "must be 0 or more", id="below nothing"),
        pytest.param("nan", "must be 0 or more", id="not a number"),
        pytest.param("24GB", "'24GB' is not a number", id="with a unit"),
        pytest.param("", "'' is not a number", id="nothing"),
    ],
)
def test_another_size_is_refused(text: str, problem: str) -> None:
    """In the same form."""
    with pytest.raises(typer.BadParameter) as refusal:
        real_number(least=0)(text)

    assert refusal.value.message == problem


@pytest.mark.parametrize("text", ["nan", "-1", "86401", "inf"])
def test_a_number_with_both_bounds_names_them(text: str) -> None:
    """The bounds themselves are taken."""
    parse = real_number(least=0, most=86_400)
    with pytest.raises(typer.BadParameter, match="must be between 0 and 86400"):
        parse(text)

    assert [parse("0"), parse("86400")] == [0, 86400]
