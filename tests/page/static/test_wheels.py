"""Wheels in a folder."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from pyodide_stand_in import wheel

from model_garden_registry.errors import RegistryReadError
from model_garden_registry.page.static.wheels import wheels_in

WEB = ("pyemscripten_2026_0_wasm32", "pyodide_2026_0_wasm32")


def test_wheels_are_found_by_name_the_newest_first(tmp_path: Path) -> None:
    """Other files are none, whatever their ending; a release is compared as numbers."""
    for name in (
        *("typing_extensions-4.9.0-py3-none-any.whl", "typing_extensions-4.16.0-py3-none-any.whl"),
        *("Attrs-26.1.0-1-py2.py3-none-any.whl", "odd-one-py3-none-any.whl", "nothing.whl", "README.md"),
    ):
        wheel(tmp_path, name)

    found = [(one.name, one.version) for one in wheels_in(tmp_path)]

    assert found == [
        ("attrs", "26.1.0"),
        ("odd", "one"),
        ("typing-extensions", "4.16.0"),
        ("typing-extensions", "4.9.0"),
    ]


@pytest.mark.parametrize(
    ("name", "runs"),
    [
        ("one-1.0-py3-none-any.whl", True),
        ("one-1.0-py2.py3-none-any.whl", True),
        ("one-1.0-py2-none-any.whl", False),
        ("one-1.0-cp314-cp314-pyemscripten_2026_0_wasm32.whl", True),
        ("one-1.0-cp314-cp314-pyodide_2026_0_wasm32.whl", True),
        ("one-1.0-cp313-cp313-pyemscripten_2026_0_wasm32.whl", False),
        ("one-1.0-cp314-cp314-pyemscripten_2025_0_wasm32.whl", False),
        ("one-1.0-cp314-cp314-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", False),
    ],
)
def test_a_wheel_runs_where_its_tags_say(name: str, runs: bool, tmp_path: Path) -> None:
    """One of Python alone runs anywhere."""
    wheel(tmp_path, name)

    (found,) = wheels_in(tmp_path)

    assert found.runs_on("cp314", WEB) is runs


def test_a_wheel_says_what_it_requires(tmp_path: Path) -> None:
    """Without what its extras require; a version is told where only one will do."""
    lines = ("annotated-types>=0.6.0", "pydantic_core==2.50.5", 'email-validator>=2; extra == "email"', "a.b (==1.0)")
    wheel(tmp_path, "one-1.0-py3-none-any.whl", *lines, "!")

    (found,) = wheels_in(tmp_path)

    assert found.required() == {"annotated-types": None, "pydantic-core": "2.50.5", "a-b": "1.0"}


def test_a_file_that_is_no_wheel_is_named(tmp_path: Path) -> None:
    """No zip file, one without metadata, or one with far too much of it."""
    (tmp_path / "one-1.0-py3-none-any.whl").write_bytes(b"no zip")
    with zipfile.ZipFile(tmp_path / "three-1.0-py3-none-any.whl", "w") as file:
        file.writestr("three/__init__.py", "")
    wheel(tmp_path, "two-1.0-py3-none-any.whl", "x" * 2**20)

    problems = []
    for one in wheels_in(tmp_path):
        with pytest.raises(RegistryReadError) as caught:
            one.required()
        problems.append(f"{caught.value.path.name}: {caught.value.problem}")

    assert problems == [
        "one-1.0-py3-none-any.whl: is no wheel that can be read",
        "three-1.0-py3-none-any.whl: is no wheel that can be read",
        "two-1.0-py3-none-any.whl: is no wheel: its METADATA is too large",
    ]
