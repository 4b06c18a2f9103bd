"""Variables that a file for ms-swift sets."""

from __future__ import annotations

from typing import Any

import pytest

from model_garden_registry.dialects.items import Item, UnknownValue
from model_garden_registry.dialects.rules import Words
from model_garden_registry.dialects.training.known_values import where_known
from model_garden_registry.dialects.training.msswift.dialect import MS_SWIFT
from model_garden_registry.dialects.training.msswift.environment import is_started, number, processes, visible_gpus


def words(variables: dict[str, Any] | None) -> Words:
    """Return what a file says that sets variables."""
    return Words({} if variables is None else {"ENV": Item("ENV", variables)}, MS_SWIFT.vocabulary)


@pytest.mark.parametrize(
    ("variables", "started", "count"),
    [
        (None, False, None),
        ({}, False, None),
        ({"CUDA_VISIBLE_DEVICES": "0,1"}, False, None),
        ({"NPROC_PER_NODE": 4}, True, 4),
        ({"NPROC_PER_NODE": " 8 "}, True, 8),
        ({"NNODES": 2}, True, 2),
        ({"NNODES": "2", "NPROC_PER_NODE": "8"}, True, 16),
        ({"NPROC_PER_NODE": None}, False, None),
    ],
)
def test_processes_are_those_of_all_nodes(variables: Any, started: bool, count: int | None) -> None:
    """As ``swift`` starts them; what is no number is none."""
    assert is_started(words(variables)) is started
    assert processes(words(variables)) == count


@pytest.mark.parametrize(
    ("value", "count"),
    [
        (None, None), ("0", 1), (0, 1), ("0,1,2,3", 4), ("0, 1", 2), ("GPU-1a2b,GPU-3c4d", 2), ("0,1,", 2), ("", None),
        ("$GPUS", None), ([0, 1], None),
    ],
)  # fmt: skip
def test_visible_gpus_are_counted(value: Any, count: int | None) -> None:
    """By number or by name."""
    assert visible_gpus(words({"CUDA_VISIBLE_DEVICES": value})) == count


@pytest.mark.parametrize("value", [UnknownValue("$N"), "$N", "many", 0, -1, 1.5, "2 4", "1" * 30])
def test_a_variable_that_is_no_number_ends_a_rule(value: Any) -> None:
    """A shell may make any number of it."""
    stated = words({"NPROC_PER_NODE": value, "MAX_PIXELS": "602112"})
    gpus = next(rule for rule in MS_SWIFT.rules if "n_gpus" in rule.settings)

    assert number(stated, "MAX_PIXELS") == 602112
    assert is_started(stated)
    assert where_known(gpus).read(stated) == {}
