"""What holds from a release on."""

from __future__ import annotations

from typing import Any

import pytest

from model_garden_registry.families.ranges import Package, package_of

PACKAGE = package_of(
    {
        "name": "Owl",
        "package": "owl",
        "oldest": "1.0",
        "read": "2.1.0",
        "ranges": [
            {"since": "1.0", "source": "a", "loss": "full", "formats": {"awq": {"least": "7.5"}, "gptq": None}},
            {"since": "1.10.0", "source": "b", "formats": {"gptq": {"least": "6.0"}}, "sizes": [1, 2]},
            {"since": "2.0", "source": "c", "loss": "chunked", "sizes": [3], "formats": {"awq": None}},
        ],
    }
)


def test_a_package_says_what_is_known_of_it() -> None:
    """Its name, the oldest release, and the newest one that was read."""
    assert (PACKAGE.title, PACKAGE.oldest, PACKAGE.read, len(PACKAGE.ranges)) == ("Owl", "1.0", "2.1.0", 3)


@pytest.mark.parametrize(
    ("version", "is_covered"),
    [
        pytest.param("1.0.0", True, id="the oldest"),
        pytest.param("1.5", True, id="one between"),
        pytest.param("99.0", True, id="one that nobody has read"),
        pytest.param("0.99", False, id="an older one"),
        pytest.param("nightly", False, id="no release"),
    ],
)
def test_what_is_covered(version: str, is_covered: bool) -> None:
    """Every release from the oldest on."""
    assert PACKAGE.covers(version) is is_covered


@pytest.mark.parametrize(
    ("version", "facts"),
    [
        pytest.param("1.9", {"loss": "full", "formats": {"awq": {"least": "7.5"}, "gptq": None}}, id="the first"),
        pytest.param(
            "1.10",
            {"loss": "full", "formats": {"awq": {"least": "7.5"}, "gptq": {"least": "6.0"}}, "sizes": [1, 2]},
            id="what is keyed changes key by key",
        ),
        pytest.param(
            "2.1.0",
            {"loss": "chunked", "formats": {"awq": None, "gptq": {"least": "6.0"}}, "sizes": [3]},
            id="everything else as a whole",
        ),
        pytest.param("0.9", {}, id="nothing before the first"),
    ],
)
def test_what_holds_for_a_release(version: str, facts: dict[str, Any]) -> None:
    """What the last range that states it says."""
    assert PACKAGE.at(version) == facts


@pytest.mark.parametrize(("version", "since"), [("1.0", (1,)), ("1.10.5", (1, 10)), ("2.0.0", (2,)), ("99", (2,))])
def test_since_when_everything_is_as_it_is(version: str, since: tuple[int, ...]) -> None:
    """The start of the last range that counts."""
    assert PACKAGE.since(version) == since


def test_a_range_need_not_state_anything() -> None:
    """An engine of which nothing is known but that it exists."""
    package = Package(title="Owl", oldest="1", read="1", ranges=({"since": "1"},))

    assert package.at("1") == {}
