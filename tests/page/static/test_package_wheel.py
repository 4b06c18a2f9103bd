"""The package as a wheel for a browser."""

from __future__ import annotations

import io
import zipfile

import pytest

from model_garden_registry.page.static import package_wheel as module
from model_garden_registry.page.static.package_wheel import WHEEL_NAME, package_wheel


def names(content: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return file.namelist()


def test_it_has_what_answers_and_no_face() -> None:
    """Nor the shipped registry, since the site has one, nor any schema."""
    found = names(package_wheel())

    assert {
        "model_garden_registry/__init__.py",
        "model_garden_registry/registry/model_registry.py",
        "model_garden_registry/storage/gpus.json",
        "model_garden_registry/storage/vocabularies/vllm.json",
    } <= {*found}
    assert not [
        name
        for name in found
        if name.startswith(tuple(f"model_garden_registry/{face}/" for face in ("cli", "page", "server")))
        or name.endswith((".schema.json", "models_registry.json", "openapi.json", ".pyc"))
    ]


def test_it_is_the_same_whenever_it_is_made() -> None:
    """Byte for byte; its files have one date and stand in order."""
    content = package_wheel()

    assert content == package_wheel()
    assert names(content) == sorted(names(content))
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        assert {one.date_time for one in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_it_is_named_as_its_metadata_says() -> None:
    """As installers check it."""
    content = package_wheel()

    name, version, *_ = WHEEL_NAME.split("-")
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        metadata = file.read(f"{name}-{version}.dist-info/METADATA").decode()
    assert metadata == f"Metadata-Version: 2.1\nName: model-garden-registry\nVersion: {version}\n"


def test_it_may_have_yaml() -> None:
    """Its Python files alone."""
    more = {*names(package_wheel(with_yaml=True))} - {*names(package_wheel())}

    assert "yaml/__init__.py" in more
    assert all(name.startswith("yaml/") and name.endswith(".py") for name in more)


def test_it_has_no_yaml_where_none_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The site then says that files of YAML need it."""
    monkeypatch.setattr(module, "find_spec", lambda _: None)

    assert package_wheel(with_yaml=True) == package_wheel()
