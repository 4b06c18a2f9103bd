"""Widths of layers as expressions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.families.expressions import names_of, value_of

NUMBERS = {"a": 3, "b": 5, "key_heads": 7}


@pytest.mark.parametrize(
    ("expression", "value", "names"),
    [
        pytest.param("a", 3, {"a"}, id="a name"),
        pytest.param("12", 12, set(), id="a number"),
        pytest.param("a*b", 15, {"a", "b"}, id="a product"),
        pytest.param("a*a", 9, {"a"}, id="a square"),
        pytest.param("2*3*b", 30, {"b"}, id="two factors"),
        pytest.param("2*a + b", 11, {"a", "b"}, id="a sum"),
        pytest.param(" 2 * key_heads*a+ 1 ", 43, {"a", "key_heads"}, id="blanks anywhere"),
        pytest.param("0", 0, set(), id="nothing"),
    ],
)
def test_an_expression_is_a_sum_of_products(expression: str, value: int, names: set[str]) -> None:
    """Of numbers, and of names that stand for some."""
    assert (value_of(expression, NUMBERS), {*names_of(expression)}) == (value, names)


def test_a_name_without_a_number_is_named() -> None:
    """By the error."""
    with pytest.raises(KeyError) as caught:
        value_of("a + 2*c*b", NUMBERS)

    assert caught.value.args == ("c",)


@given(
    terms=st.lists(
        st.lists(st.integers(0, 99).map(str) | st.sampled_from([*NUMBERS]), min_size=1, max_size=4),
        min_size=1,
        max_size=4,
    )
)
def test_expressions_mean_what_python_means(terms: list[list[str]]) -> None:
    """Products before sums."""
    expression = " + ".join("*".join(str(int(part)) if part.isdecimal() else part for part in term) for term in terms)

    assert value_of(expression, NUMBERS) == eval(expression, {}, NUMBERS)
