"""Overrides in files: JSON, TOML, YAML."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.merging import Layer, merge
from model_garden_registry.errors import MissingExtraError, RegistryNotFoundError, RegistryReadError
from model_garden_registry.files.override_files import read_overrides
from model_garden_registry.files.reading import LARGEST_SETTINGS_BYTES

APPLICATION = Path(__file__).parents[1] / "registries/valid/application.json"

JSON = '{"learning_rate": 2e-5, "lora_config": {"r": 8, "target_modules": ["q_proj"]}, "use_rslora": true}'
TOML = 'learning_rate = 2e-5\nuse_rslora = true\n[lora_config]\nr = 8\ntarget_modules = ["q_proj"]\n'
YAML = "learning_rate: 2.0e-5\nuse_rslora: true\nlora_config:\n  r: 8\n  target_modules: [q_proj]\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [("o.json", JSON), ("o.toml", TOML), ("o.yaml", YAML), ("o.yml", YAML), ("O.JSON", JSON), ("o.Yaml", YAML)],
)
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "byte order mark"])
def test_the_three_languages_say_the_same(tmp_path: Path, name: str, text: str, mark: bytes) -> None:
    """The suffix says which it is, in either case."""
    path = tmp_path / name
    path.write_bytes(mark + text.encode())

    assert read_overrides(path) == {
        "learning_rate": 0.00002,
        "lora_config": {"r": 8, "target_modules": ["q_proj"]},
        "use_rslora": True,
    }


def test_a_number_that_yaml_takes_for_a_text_becomes_a_number(tmp_path: Path) -> None:
    """YAML 1.1 wants a point in `2e-5`; whoever writes it means a number."""
    path = tmp_path / "o.yaml"
    path.write_text("learning_rate: 2e-4\n", encoding="utf-8")
    entry = ModelInfo.model_validate(next(iter(json.loads(APPLICATION.read_bytes())["models"].values())))

    overrides = read_overrides(path)

    assert overrides == {"learning_rate": "2e-4"}
    assert merge(entry, "training", Layer(overrides)).learning_rate == 0.0002


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("o.json", "{}"),
        ("o.toml", ""),
        ("o.toml", "# nothing\n"),
        ("o.yaml", ""),
        ("o.yaml", "---\n"),
        ("o.yaml", "{}"),
    ],
)
def test_a_file_may_override_nothing(tmp_path: Path, name: str, text: str) -> None:
    """Then the defaults stand."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")

    assert read_overrides(path) == {}


NO_MAPPING = "has no settings: one mapping of names to values is expected"


@pytest.mark.parametrize(
    ("name", "content", "line", "column", "problem"),
    [
        pytest.param("o.json", b'{"r": }', 1, 7, "is not JSON: expecting value", id="JSON: syntax"),
        pytest.param(
            "o.json",
            b'{"r": 8, "r": 9}',
            1,
            10,
            "key 'r' appears twice in one object; first in line 1",
            id="JSON: twin",
        ),
        pytest.param("o.json", b"[]", 1, 1, "holds a list, not an object", id="JSON: list"),
        pytest.param("o.json", b'{"r": NaN}', 1, 7, "NaN is not a JSON number", id="JSON: NaN"),
        pytest.param("o.json", b"", 1, 1, "is empty", id="JSON: empty"),
        pytest.param("o.toml", b"r = 8\nalpha == 1\n", 2, 8, "is not TOML: Invalid value", id="TOML: syntax"),
        pytest.param("o.toml", b"r = 8\nalpha = ", 2, 9, "is not TOML: Invalid value", id="TOML: cut off"),
        pytest.param("o.toml", b"\xff", None, None, "is not UTF-8", id="TOML: encoding"),
        pytest.param(
            "o.yaml", b"r: 8\nalpha: b: c\n", 2, 9, "is not YAML: mapping values are not allowed here", id="YAML"
        ),
        pytest.param("o.yaml", b"- r\n", 1, 1, NO_MAPPING, id="YAML: list"),
        pytest.param("o.yaml", b"8: r\n", 1, 1, NO_MAPPING, id="YAML: a name that is a number"),
        pytest.param("o.yaml", b"\xff", None, None, "is not UTF-8", id="YAML: encoding"),
    ],
)
def test_a_broken_file_is_refused_at_its_place(
    tmp_path: Path, name: str, content: bytes, line: int | None, column: int | None, problem: str
) -> None:
    """In the words of its language."""
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(RegistryReadError) as caught:
        read_overrides(path)

    error = caught.value
    assert (error.path, error.line, error.column, error.problem) == (path, line, column, problem)


@pytest.mark.parametrize(
    "content",
    [pytest.param("r = " + "9" * 5000, id="a long number"), pytest.param("r = " + "[" * 100_000, id="deep nesting")],
)
def test_toml_that_python_cannot_hold_is_refused(tmp_path: Path, content: str) -> None:
    """Not a crash."""
    path = tmp_path / "o.toml"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(RegistryReadError, match="is not TOML: "):
        read_overrides(path)


@pytest.mark.parametrize("name", ["o", "o.ini", "o.json5", ".json"])
def test_a_file_in_another_language_is_refused(tmp_path: Path, name: str) -> None:
    """Before it is opened: nothing is guessed from its content."""
    with pytest.raises(RegistryReadError) as caught:
        read_overrides(tmp_path / name)

    assert caught.value.problem == "is not an overrides file: its name must end in .json, .toml, .yaml or .yml"


@pytest.mark.parametrize("name", ["o.json", "o.toml", "o.yaml"])
def test_a_missing_file_is_not_found(tmp_path: Path, name: str) -> None:
    """In every language."""
    with pytest.raises(RegistryNotFoundError):
        read_overrides(tmp_path / name)


def test_yaml_without_pyyaml_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The exact command; JSON and TOML need nothing."""
    files: dict[str, Any] = {"o.json": JSON, "o.toml": TOML, "o.yaml": YAML}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.setitem(sys.modules, "yaml", None)

    with pytest.raises(MissingExtraError) as caught:
        read_overrides(tmp_path / "o.yaml")

    assert str(caught.value) == "PyYAML is not installed; in a checkout run: pip install '.[yaml]'"
    assert read_overrides(tmp_path / "o.json") == read_overrides(tmp_path / "o.toml")


@pytest.mark.parametrize("suffix", ["json", "toml", "yaml"])
def test_a_file_that_is_too_large_holds_no_settings(tmp_path: Path, suffix: str) -> None:
    """It is not even parsed."""
    path = tmp_path / f"large.{suffix}"
    path.write_bytes(b" " * (LARGEST_SETTINGS_BYTES + 1))

    with pytest.raises(RegistryReadError, match="is larger than 1048576 bytes"):
        read_overrides(path)
