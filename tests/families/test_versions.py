"""Releases, compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.families.versions import Release, capability_of, known_release, release_of


@pytest.mark.parametrize(
    ("text", "release"),
    [
        pytest.param("0.33.1", (0, 33, 1), id="three numbers"),
        pytest.param("1.15", (1, 15), id="two"),
        pytest.param("1.15.0", (1, 15), id="zeros at the end do not count"),
        pytest.param("1.0.1", (1, 0, 1), id="others do"),
        pytest.param("0.0", (), id="nothing but zeros"),
        pytest.param("v0.9.2", (0, 9, 2), id="with a v"),
        pytest.param("0.5.10.post1", (0, 5, 10), id="a post-release"),
        pytest.param("1.2.0rc1", (1, 2), id="a release candidate"),
        pytest.param("1.2b3", (1, 2), id="a beta"),
        pytest.param("0.11.0+cu128", (0, 11), id="a local build"),
        pytest.param("2026.10.9", (2026, 10, 9), id="a date"),
    ],
)
def test_the_numbers_of_a_release(text: str, release: Release) -> None:
    """What a candidate or a build adds does not count."""
    assert release_of(text) == release


@pytest.mark.parametrize(
    "text",
    ["", "main", "latest", "1.", ".1", "1..2", "1 2", "-1", "1.2.3.4.5.6", "9999999", "1.0.0\n", "1.0-", "\uff11.2"],
)
def test_what_is_no_release(text: str) -> None:
    """Words, and numbers that no project counts with."""
    assert release_of(text) is None


@given(numbers=st.lists(st.integers(0, 999_999), min_size=1, max_size=4))
def test_zeros_at_the_end_never_count(numbers: list[int]) -> None:
    """One release, however it is written; and a later one is greater."""
    text = ".".join(map(str, numbers))

    assert release_of(text) == release_of(f"{text}.0")
    assert (release_of(f"{text}.1") or ()) > (release_of(text) or ())


def test_a_table_states_releases_only() -> None:
    """Anything else in it is a mistake."""
    assert known_release("0.33.0") == (0, 33)
    with pytest.raises(AssertionError, match="nightly"):
        known_release("nightly")


def test_compute_capabilities_are_compared_as_numbers() -> None:
    """As text, 12.0 would stand below 9.0."""
    assert (capability_of("12.0") or ()) > (capability_of("9.0") or ()) == (9, 0)
    assert capability_of(None) is None
