"""The files in which people name models."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry.lifecycle.outdated.user_files import user_files

FOUND = (
    *(".env", ".github/ci.yml", "Dockerfile", "Dockerfile.gpu", "Modelfile", "a.py", "b/a.md", "b/gpu.Dockerfile"),
    *("b/n.ipynb", "c.YAML", "d.json", "e.sh", "f.toml"),
)
PASSED_OVER = (
    *(".git/x.yaml", ".venv/x.py", "env/x.py", "env/pyvenv.cfg", "node_modules/x.json", "weights.safetensors"),
    *("x.txt", "x.csv", "__pycache__/x.py"),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder with files of all kinds."""
    for name in (*FOUND, *PASSED_OVER):
        path = tmp_path / "made" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    return tmp_path / "made"


def test_a_folder_gives_its_files_of_known_kinds(folder: Path) -> None:
    """Sorted by folder; folders of tools are passed over."""
    found = [file.relative_to(folder).as_posix() for file, _ in user_files([folder])]

    assert sorted(found) == sorted(FOUND)
    assert found == [file.relative_to(folder).as_posix() for file, _ in user_files([folder])]


def test_a_file_that_is_named_counts_whatever_it_is(folder: Path) -> None:
    """Once, also where its folder is named too, or where it is not there."""
    paths = [folder / "x.txt", folder / "b", folder / "b/a.md", folder / "gone"]

    found = [(file.relative_to(folder).as_posix(), is_named) for file, is_named in user_files(paths)]
    assert found == [
        ("x.txt", True),
        ("b/a.md", False),
        ("b/gpu.Dockerfile", False),
        ("b/n.ipynb", False),
        ("gone", True),
    ]


def test_links_in_folders_are_left_out(folder: Path) -> None:
    """What they lead to is a file of its own, or somebody else's."""
    try:
        (folder / "b" / "link.yaml").symlink_to(folder / "a.py")
        (folder / "b" / "up").symlink_to(folder, target_is_directory=True)
    except OSError:
        pytest.skip("this user may not make links")

    assert [file.name for file, _ in user_files([folder / "b"])] == ["a.md", "gpu.Dockerfile", "n.ipynb"]


def test_folders_that_cannot_be_read_are_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each by its error, and the files elsewhere are found."""
    scan, told = os.scandir, list[OSError]()

    def closed(path: str) -> Any:
        if Path(path).name == "b":
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", closed)
    found = [file.relative_to(folder).as_posix() for file, _ in user_files([folder], told.append)]

    assert sorted(found) == sorted(name for name in FOUND if not name.startswith("b/"))
    assert [error.filename for error in told] == [str(folder / "b")]
