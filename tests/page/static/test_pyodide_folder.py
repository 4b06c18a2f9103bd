"""A Pyodide distribution that the user has."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyodide_stand_in import CORE, PYDANTIC, distribution, wheel

from model_garden_registry.errors import RegistryReadError
from model_garden_registry.page.static.package_wheel import WHEEL_NAME
from model_garden_registry.page.static.pyodide_folder import pyodide_files, read_pyodide


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return distribution(tmp_path / "pyodide")


def taken(folder: Path) -> list[str]:
    return [one.path.name for one in read_pyodide(folder).wheels]


def test_the_wheels_that_answering_needs_are_taken(folder: Path) -> None:
    """Whatever else the folder has."""
    wheel(folder, "numpy-2.4.0-cp314-cp314-pyemscripten_2026_0_wasm32.whl")

    assert taken(folder) == [PYDANTIC, CORE, "typing_extensions-4.16.0-py3-none-any.whl"]


def test_an_older_pydantic_is_taken_if_only_that_has_its_core(folder: Path) -> None:
    """Each has one version of the core that it works with."""
    wheel(folder, "pydantic-2.15.0-py3-none-any.whl", "pydantic-core==2.60.0")

    assert PYDANTIC in taken(folder)


def test_yaml_is_taken_where_it_is(folder: Path) -> None:
    """The whole distribution has it; else the package brings the Python files of the one that is installed."""
    before = read_pyodide(folder).has_yaml
    wheel(folder, "pyyaml-6.0.3-cp314-cp314-pyemscripten_2026_0_wasm32.whl")

    assert (before, read_pyodide(folder).has_yaml) == (False, True)
    assert "pyyaml-6.0.3-cp314-cp314-pyemscripten_2026_0_wasm32.whl" in taken(folder)


def test_a_site_gets_runtime_wheels_package_and_a_list_of_them(folder: Path) -> None:
    """The list names each package with its digest, and the package depends on all others: loading it loads them."""
    files = dict(pyodide_files(read_pyodide(folder)))

    listed = json.loads(files["pyodide-lock.json"])
    packages = listed["packages"]
    assert files["pyodide.asm.wasm"] == b"stands for pyodide.asm.wasm"
    assert listed["info"]["python"] == "3.14.2"
    assert packages["model-garden-registry"]["depends"] == ["pydantic", "pydantic-core", "typing-extensions"]
    assert {one["file_name"]: one["sha256"] for one in packages.values()} == {
        name: hashlib.sha256(content).hexdigest() for name, content in files.items() if name.endswith(".whl")
    }
    assert WHEEL_NAME in files


def _without(name: str) -> Callable[[Path], Any]:
    return lambda folder: (folder / name).unlink()


def _with_info(**facts: object) -> Callable[[Path], Any]:
    info = {"abi_version": "2026_0", "arch": "wasm32", "python": "3.14.2", **facts}
    return lambda folder: (folder / "pyodide-lock.json").write_text(json.dumps({"info": info}), encoding="utf-8")


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (
            _without("pyodide.asm.mjs"),
            "pyodide: is no Pyodide distribution of 314 or later: pyodide.asm.mjs is missing",
        ),
        (_without("pyodide-lock.json"), "pyodide: is no Pyodide distribution of 314 or later: pyodide-lock.json is"),
        (_without(PYDANTIC), "pyodide: has no wheel of pydantic for cp314 on pyemscripten_2026_0_wasm32; docs/page.md"),
        (_without(CORE), "pyodide: has no wheel of pydantic-core 2.50.5 for cp314 on pyemscripten_2026_0_wasm32"),
        (_without("typing_extensions-4.16.0-py3-none-any.whl"), "pyodide: has no wheel of typing-extensions for cp314"),
        (_with_info(arch="wasm64"), "pyodide-lock.json: does not say which Python it is of"),
        (_with_info(python=None), "pyodide-lock.json: does not say which Python it is of"),
        (_with_info(abi_version="../.."), "pyodide-lock.json: does not say which Python it is of"),
        (lambda folder: (folder / "pyodide-lock.json").write_text('{"info": 1}'), "does not say which Python it is of"),
        (lambda folder: (folder / "pyodide-lock.json").write_text("no"), "is not JSON"),
    ],
)
def test_a_folder_that_will_not_do_is_one_line(spoil: Callable[[Path], Any], problem: str, folder: Path) -> None:
    """With what is wrong with it."""
    spoil(folder)

    with pytest.raises(RegistryReadError) as caught:
        read_pyodide(folder)

    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    """Such as the archive that a distribution is downloaded as."""
    (tmp_path / "pyodide.tar.bz2").touch()

    with pytest.raises(RegistryReadError, match="is no folder; --pyodide names one with a Pyodide distribution"):
        read_pyodide(tmp_path / "pyodide.tar.bz2")
