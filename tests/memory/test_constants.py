"""The calibrated constants."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, asdict

import pytest

from model_garden_registry.memory.constants import CALIBRATED


def test_few_constants_are_fitted() -> None:
    """At most twenty, all of them positive: whatever can be counted is counted."""
    values = asdict(CALIBRATED).values()

    assert len(values) <= 20
    assert all(value > 0 for value in values)


def test_constants_cannot_be_changed() -> None:
    """Other constants are another value."""
    with pytest.raises(FrozenInstanceError):
        CALIBRATED.slack = 1.0  # type: ignore[misc]
