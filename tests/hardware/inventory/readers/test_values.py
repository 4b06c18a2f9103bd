"""Values of captured documents."""

from __future__ import annotations

import pytest

from model_garden_registry.errors import HardwareFileError
from model_garden_registry.hardware.inventory.readers.values import (
    mapping,
    natural_text,
    one_line,
    quantity,
    set_number,
    texts,
)
from model_garden_registry.hardware.nodes import Node


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("8", 8),
        (8, 8),
        ("16Gi", 16 * 2**30),
        ("900.5Gi", int(900.5 * 2**30)),
        ("263856124Ki", 263856124 * 2**10),
        ("64G", 64 * 10**9),
        ("1500m", 1),
        ("2e3", 2000),
        ("12E", None),
        ("-1", None),
        (-1, None),
        ("1Zi", None),
        ("x", None),
        (None, None),
        (True, None),
        (8.0, None),
        ("9" * 30, None),
        ("1e99", None),
    ],
)
def test_quantities_are_read_as_kubernetes_writes_them(written: object, number: int | None) -> None:
    assert quantity(written) == number


@pytest.mark.parametrize(("written", "number"), [("8", 8), ("8.0", None), (8, None), ("", None), ("1" * 19, None)])
def test_numbers_of_labels_are_texts(written: object, number: int | None) -> None:
    assert natural_text(written) == number


@pytest.mark.parametrize(
    ("written", "number"),
    [
        (5, 5),
        ({"set": True, "infinite": False, "number": 5}, 5),
        ({"set": False, "infinite": False, "number": 0}, None),
        ({"set": True, "infinite": True, "number": 0}, None),
        ({"set": True, "number": -1}, None),
        ({}, None),
        (True, None),
        (2**63, None),
        ("5", None),
    ],
)
def test_numbers_of_slurm_may_be_unset(written: object, number: int | None) -> None:
    assert set_number(written) == number


def test_texts_are_a_list_or_have_commas() -> None:
    assert texts(Node(None, "")) == ()
    assert texts(Node("a, b,,", "")) == ("a", "b")
    assert texts(Node(["a", "b,c"], "")) == ("a", "b,c")
    with pytest.raises(HardwareFileError):
        texts(Node([1], ""))


def test_an_object_may_be_missing() -> None:
    assert mapping(Node(None, "")) == {}
    assert mapping(Node({"a": 1}, "")) == {"a": 1}
    with pytest.raises(HardwareFileError):
        mapping(Node([], ""))


def test_lines_are_joined() -> None:
    assert one_line(" a\n b\tc ") == "a b c"
