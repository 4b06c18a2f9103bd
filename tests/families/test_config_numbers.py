"""Numbers of a config.json, by the expressions of a family's record."""

from __future__ import annotations

from typing import Any

import pytest

from model_garden_registry.families.config_numbers import all_told, family_numbers, first_told, further_weights
from model_garden_registry.families.family import Family

CONFIG: dict[str, Any] = {
    "n_layers": 4,
    "d_model": 8,
    "ratio": 3,
    "wide": True,
    "narrow": False,
    "listed": [1],
    "x": 2.5,
}


@pytest.mark.parametrize(
    ("told", "value"),
    [
        pytest.param("d_model", 8, id="a key"),
        pytest.param("ratio*d_model + 1", 25, id="a sum of products"),
        pytest.param("absent", None, id="a key that is not there"),
        pytest.param("listed", None, id="a list"),
        pytest.param("x", None, id="no whole number"),
        pytest.param("wide", None, id="a flag is no number"),
        pytest.param(["absent", "d_model"], 8, id="the first that can be read"),
        pytest.param(["narrow ? 1", "wide ? 2", "3"], 2, id="the first whose condition holds"),
        pytest.param("narrow ? 1", None, id="no condition holds"),
    ],
)
def test_the_first_that_can_be_told_counts(told: str | list[str], value: int | None) -> None:
    """None where there is none."""
    assert first_told(told, CONFIG) == value


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        pytest.param("d_model*ratio + 1", 25, id="a sum"),
        pytest.param("d_model + wide ? 2*ratio", 14, id="a condition that holds"),
        pytest.param("d_model + narrow ? absent", 8, id="one that does not"),
        pytest.param("d_model + unheard ? absent", 8, id="one that is not stated"),
        pytest.param("d_model + absent", None, id="a number that is not there"),
        pytest.param("d_model + wide ? absent", None, id="not there, and needed"),
        pytest.param("0", 0, id="nothing"),
    ],
)
def test_a_sum_needs_all_its_numbers(expression: str, value: int | None) -> None:
    """Of a tower nothing is guessed."""
    assert all_told(expression, CONFIG) == value


def test_a_family_spells_numbers_in_its_own_way() -> None:
    """What cannot be read is left out."""
    shape: dict[str, str | list[str]] = {"num_hidden_layers": "n_layers", "moe.num_experts": "absent"}
    family = Family(model_type="owl", attention={}, feed_forward={}, shape=shape)

    assert family_numbers(family, CONFIG) == {"num_hidden_layers": 4}


def test_weights_of_absent_parts_are_none() -> None:
    """Each product of the sum for itself."""
    family = Family(model_type="owl", attention={}, feed_forward={}, further="n_layers*d_model + absent*d_model + 1")

    assert further_weights(family, CONFIG) == 33
