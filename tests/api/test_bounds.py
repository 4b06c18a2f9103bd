"""How long, how many, how deep."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.api.bounds import beyond_bounds

NESTED: list[object] = []
for _ in range(19):
    NESTED = [NESTED]


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        pytest.param(NESTED, None, id="20 levels"),
        pytest.param({"a": NESTED}, "Nested more than 20 levels deep", id="21 levels"),
        pytest.param({"a": [1] * 1_000}, None, id="1,000 items"),
        pytest.param({"a": {"b": [1] * 1_001}}, "A list has more than 1000 items", id="1,001 items"),
        pytest.param("x" * 2_000, None, id="a text"),
    ],
)
def test_what_is_beyond_bounds_is_said(document: object, problem: str | None) -> None:
    """Depth first, then the longest list, wherever it stands."""
    assert beyond_bounds(document) == problem


@given(
    st.recursive(st.none() | st.text(), lambda inner: st.dictionaries(st.text(), inner) | st.lists(inner), max_leaves=9)
)
def test_small_documents_are_within_bounds(document: object) -> None:
    """Whatever they are made of."""
    assert beyond_bounds(document) is None
