"""Where the shipped registry and schema are: in a checkout, in an editable install, in an installed package."""

from __future__ import annotations

import json
import runpy
import shutil
from pathlib import Path

import pytest

import model_garden_registry
from model_garden_registry.bundled import (
    bundled_gpus,
    bundled_openapi,
    bundled_registry,
    bundled_schema,
    storage_directory,
)

PACKAGE = Path(model_garden_registry.__file__).parent


def asked_from(packages: Path) -> list[Path]:
    """Ask a copy of the package where its registry is."""
    copy = runpy.run_path(str(packages / "model_garden_registry" / "bundled.py"))
    return [copy[name]() for name in ("storage_directory", "bundled_registry", "bundled_schema", "bundled_gpus")]


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """Give a `src` folder with a copy of the package, as far as it is asked here."""
    package = tmp_path / "root" / "src" / "model_garden_registry"
    package.mkdir(parents=True)
    shutil.copy(PACKAGE / "bundled.py", package)
    return package.parent


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


def test_the_openapi_document_is_there() -> None:
    """The client's in a checkout; the copy of an installed package is beside its registry."""
    assert json.loads(bundled_openapi().read_bytes())["openapi"].startswith("3.1")


@pytest.mark.parametrize("is_checkout", [False, True])
def test_the_openapi_document_is_the_one_of_the_same_place(packages: Path, is_checkout: bool) -> None:
    """Of the checkout, or of the package."""
    plant(packages / "model_garden_registry" / "storage")
    if is_checkout:
        (packages.parent / "pyproject.toml").touch()
        plant(packages.parent / "storage")
    folder = "clients/typescript" if is_checkout else "src/model_garden_registry/storage"
    copy = runpy.run_path(str(packages / "model_garden_registry" / "bundled.py"))

    assert copy["bundled_openapi"]() == packages.parent / folder / "openapi.json"
