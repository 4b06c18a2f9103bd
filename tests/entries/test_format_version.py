"""Versions of the file format, and which of them this release reads."""

from __future__ import annotations

import pytest

from model_garden_registry.entries.format_version import FORMAT_VERSION, newer_major, release_of


def test_this_release_writes_format_1_2_0() -> None:
    """The number is a promise to files."""
    assert FORMAT_VERSION == "1.2.0"


@pytest.mark.parametrize(
    ("version", "is_newer"),
    [
        ("1.0.0", False),
        ("1.1.0", False),
        ("1.2.0", False),
        ("1.99.0", False),
        ("0.9.0", False),
        ("01.0.0", False),
        ("2.0.0", True),
        ("2", True),
        ("10.0.0", True),
        pytest.param(f"{'9' * 5000}.0.0", True, id="5000 digits"),
        pytest.param(f"{'0' * 5000}1.0.0", False, id="5000 zeros"),
        ("", False),
        ("two", False),
        ("-2.0.0", False),
        (None, False),
        (2, False),
        (["2"], False),
    ],
)
def test_only_a_newer_major_version_must_be_refused(version: object, is_newer: bool) -> None:
    """What is no version at all is refused elsewhere, with a word for what belongs there."""
    assert newer_major(version) is is_newer


@pytest.mark.parametrize(
    ("version", "release"), [("1.2.0", (1, 2)), ("0.9.7", (0, 9)), ("10.02.0", (10, 2)), ("1.0.5", (1, 0))]
)
def test_a_release_is_compared_as_numbers(version: str, release: tuple[int, int]) -> None:
    """1.10 is newer than 1.9, and 0.9 is older than both."""
    assert release_of(version) == release
