"""Where the shipped registry and schema are: in a checkout, in an editable install, in an installed package."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import model_garden_registry
from model_garden_registry.bundled import bundled_gpus, bundled_registry, bundled_schema, storage_directory

PACKAGE = Path(model_garden_registry.__file__).parent
PROGRAM = """\
from model_garden_registry.bundled import bundled_gpus, bundled_registry, bundled_schema, storage_directory
print(storage_directory(), bundled_registry(), bundled_schema(), bundled_gpus(), sep="\\n")
"""


def asked_from(packages: Path) -> list[Path]:
    """Ask a copy of the package, in a new interpreter, where its registry is."""
    environment = os.environ | {"PYTHONPATH": str(packages)}
    call = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(call, check=True, capture_output=True, encoding="utf-8", cwd=packages, env=environment)
    return [Path(line) for line in done.stdout.splitlines()]


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """Give a `src` folder with a copy of the package, as far as it is asked here."""
    source = tmp_path / "root" / "src"
    for name in ("__init__.py", "files/__init__.py", "bundled.py"):
        target = source / "model_garden_registry" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PACKAGE / name, target)
    return source


def plant(storage: Path) -> list[Path]:
    """Write an empty registry, and give what should be answered where it is the shipped one."""
    storage.mkdir(parents=True)
    files = [storage / name for name in ("models_registry.json", "models_registry.schema.json", "gpus.json")]
    for file in files:
        file.touch()
    return [storage, *files]


def test_the_shipped_files_are_there() -> None:
    """However this package was installed."""
    files = [bundled_registry(), bundled_schema(), bundled_gpus()]

    assert [file.parent for file in files if file.is_file()] == [storage_directory()] * 3


def test_a_checkout_answers_with_the_storage_that_contributors_edit(packages: Path) -> None:
    """Also where an installed copy lies beside the package: nothing updates that one."""
    plant(packages / "model_garden_registry" / "storage")
    (packages.parent / "pyproject.toml").touch()
    edited = plant(packages.parent / "storage")

    assert asked_from(packages) == edited


def test_an_installed_package_answers_with_its_own_copy(packages: Path) -> None:
    """There is nothing around it but other packages."""
    installed = plant(packages / "model_garden_registry" / "storage")

    assert asked_from(packages) == installed


@pytest.mark.parametrize("missing", ["pyproject.toml", "storage/models_registry.json"])
def test_a_folder_that_only_looks_like_a_checkout_is_none(packages: Path, missing: str) -> None:
    """The application has a `storage` folder too, and any project has a pyproject.toml."""
    installed = plant(packages / "model_garden_registry" / "storage")
    plant(packages.parent / "storage")
    (packages.parent / "pyproject.toml").touch()
    (packages.parent / missing).unlink()

    assert asked_from(packages) == installed
