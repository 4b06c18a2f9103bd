"""Keys that cannot stand in a query or a body."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.api.strict_keys import empty_value, repeated_key, wrong_key

KNOWN = ("model_id", "config", "gpu", "gpus")


@pytest.mark.parametrize(
    ("key", "close"),
    [("overrides", ["config"]), ("Model", ["model_id"]), ("gpuss", ["gpus", "gpu"]), ("q", []), ("zzz", [])],
)
def test_an_unknown_key_has_near_ones(key: str, close: list[str]) -> None:
    """By what others call them, and by their letters; what is known is named where none is near."""
    wrong = wrong_key(["gpu", key], KNOWN)

    assert wrong is not None
    assert wrong["close"] == close
    assert wrong["detail"].startswith(f"unknown key {key!r}; ")
    assert ("known: model_id" in wrong["detail"]) is (not close)


def test_known_keys_are_not_wrong() -> None:
    """Also more than once, where they may be."""
    assert wrong_key(["gpu", "gpus", "gpus"], KNOWN, repeated=["gpus"]) is None
    assert wrong_key(["gpu", "gpu"], KNOWN) == {"detail": "key 'gpu' is duplicated", "close": []}


def test_a_value_is_wanted() -> None:
    """An empty one is no filter, and no word for none."""
    assert empty_value([("a", "0"), ("b", " ")]) is None
    wrong = empty_value([("a", "0"), ("b", "")])
    assert wrong == {"detail": "key 'b' has no value; leave it out for no filter", "close": []}


@given(st.recursive(st.none() | st.integers(), lambda inner: st.dictionaries(st.text(), inner) | st.lists(inner)))
def test_an_object_of_ours_has_no_key_twice(value: object) -> None:
    """What is written from a value has each once."""
    assert repeated_key(json.dumps(value).encode()) is None


@given(st.text(), st.integers(0, 3))
def test_a_key_that_stands_twice_is_found(key: str, depth: int) -> None:
    """However deep, and however it is escaped."""
    text = f"{{{json.dumps(key)}: 1, {json.dumps(key, ensure_ascii=False)}: 2}}"

    wrong = repeated_key(('[{"x": ' * depth + text + "}]" * depth).encode("utf-8", "surrogatepass"))

    assert wrong is not None
