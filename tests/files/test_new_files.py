"""A text becomes a file: whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from unittest.mock import Mock

import pytest

from model_garden_registry.errors import RegistryWriteError
from model_garden_registry.files.new_files import make_folder, write_file


def test_a_file_is_written_with_the_rights_of_any_new_file(tmp_path: Path) -> None:
    """And nothing else is left."""
    path, other = tmp_path / "a", tmp_path / "b"
    other.write_bytes(b"")

    write_file(path, b"text")

    assert path.read_bytes() == b"text"
    assert path.stat().st_mode == other.stat().st_mode
    assert sorted(tmp_path.iterdir()) == [path, other]


def test_another_file_stays_unless_it_may_be_replaced(tmp_path: Path) -> None:
    """Also where its name is taken while this one is written."""
    path = tmp_path / "a"
    path.write_bytes(b"old")

    with pytest.raises(FileExistsError):
        write_file(path, b"new")
    kept = path.read_bytes()
    write_file(path, b"new", is_forced=True)

    assert (kept, path.read_bytes(), [*tmp_path.iterdir()]) == (b"old", b"new", [path])


def test_a_file_system_without_links_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the name is looked at before."""
    monkeypatch.setattr(Path, "hardlink_to", Mock(side_effect=PermissionError))
    path = tmp_path / "a"

    write_file(path, b"text")
    with pytest.raises(FileExistsError):
        write_file(path, b"new")

    assert path.read_bytes() == b"text"


@pytest.mark.parametrize("is_forced", [True, False])
def test_what_is_no_file_is_not_replaced(tmp_path: Path, is_forced: bool) -> None:
    """Nor is a file written to where no folder is."""
    with pytest.raises(RegistryWriteError, match="is no file"):
        write_file(tmp_path, b"", is_forced=is_forced)
    with pytest.raises(RegistryWriteError, match="cannot be written"):
        write_file(tmp_path / "no" / "a", b"", is_forced=is_forced)


@pytest.mark.skipif(os.name == "nt", reason="POSIX devices")
def test_a_device_stays_what_it_is() -> None:
    """Replacing it would make it a file."""
    with pytest.raises(RegistryWriteError, match="is no file"):
        write_file(Path(os.devnull), b"", is_forced=True)


def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path) -> None:
    """Where looking for it already fails."""
    with pytest.raises(RegistryWriteError, match="cannot be written: File name too long"):
        write_file(tmp_path / ("x" * 300), b"text")


def test_a_folder_is_made_where_there_is_none(tmp_path: Path) -> None:
    """With those above it; a file is none."""
    make_folder(tmp_path / "a" / "b")
    make_folder(tmp_path / "a" / "b")
    file = tmp_path / "a" / "b" / "c"
    file.write_bytes(b"")

    for path in (file, file / "d"):
        with pytest.raises(RegistryWriteError, match="is no folder, and cannot be made one"):
            make_folder(path)
