"""File names as other programs look them up."""

from __future__ import annotations

from pathlib import Path

import pytest

from model_garden_registry.payloads.formats.file_names import absolute, relative_name


@pytest.mark.parametrize(
    ("file", "name"),
    [
        pytest.param("a.json", "a.json", id="beside"),
        pytest.param("./storage/../a.json", "a.json", id="with dots"),
        pytest.param("storage/a.json", "storage/a.json", id="below"),
        pytest.param("../a.json", None, id="above"),
        pytest.param("../work-2/a.json", None, id="beside, with the same beginning"),
    ],
)
def test_a_relative_name_is_told_from_the_base(file: str, name: str | None, tmp_path: Path) -> None:
    """What lies below the base gets a short name; nothing else does."""
    assert relative_name(file, tmp_path / "work") == name


def test_an_absolute_name_below_the_base_becomes_relative(tmp_path: Path) -> None:
    """It does not matter how the user named the file."""
    assert relative_name(str(tmp_path / "storage" / "a.json"), tmp_path) == "storage/a.json"


def test_more_steps_up_than_there_are_end_at_the_root(tmp_path: Path) -> None:
    """A name cannot leave the file system."""
    assert absolute("../" * 50 + "a.json", tmp_path) == Path(tmp_path.anchor, "a.json")
