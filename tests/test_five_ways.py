"""A file that stands alone answers as it did before there were overlays, whichever way it is named."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from model_garden_registry.cli.app import app

VALID = Path(__file__).parent / "registries" / "valid"
GOLDEN = Path(__file__).parent / "registries" / "golden"
#: Format 1.0.0 as the application has it, and every key of the newer formats, stated as 1.1.0.
FILES = {"application": "unsloth/tinyllama-bnb-4bit", "every_key": "acme/owl-vl-30b-a3b"}
QUESTIONS = {
    "list": ("list", "--json"),
    "table": ("list",),
    "entry": ("show", "ID", "--json"),
    "categories": ("categories", "--json"),
    "unknown": ("show", "no/such", "--json"),
}

IS_RENEWED = os.environ.get("MGR_RENEW_GOLDEN") == "1"

Way = Callable[[Path, pytest.MonkeyPatch], tuple[str, ...]]


def by_option(path: Path, _: pytest.MonkeyPatch) -> tuple[str, ...]:
    return "--registry", str(path)


def by_variable(path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    monkeypatch.setenv("MGR_REGISTRY", str(path))
    return ()


def by_own_configuration(path: Path, _: pytest.MonkeyPatch) -> tuple[str, ...]:
    Path("mgr.toml").write_text(f'registry = "{path.as_posix()}"\n', encoding="utf-8")
    return ()


def by_project_configuration(path: Path, _: pytest.MonkeyPatch) -> tuple[str, ...]:
    Path("pyproject.toml").write_text(f'[tool.mgr]\nregistry = "{path.as_posix()}"\n', encoding="utf-8")
    return ()


def by_folder(path: Path, _: pytest.MonkeyPatch) -> tuple[str, ...]:
    Path("storage").mkdir()
    shutil.copy(path, "storage/models_registry.json")
    return ()


def answers(name: str, before: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """Yield what each question is answered, with its exit code."""
    for question, arguments in QUESTIONS.items():
        words = [FILES[name] if word == "ID" else word for word in arguments]
        result = CliRunner().invoke(app, [*before, *words], prog_name="mgr")
        yield question, f"{result.exit_code}\n{result.stdout}".encode()


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("way", [by_option, by_variable, by_own_configuration, by_project_configuration, by_folder])
def test_a_file_answers_as_before(way: Way, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Byte for byte; an overlay of the user's own does not count below it."""
    own = tmp_path / ".config" / "mgr" / "models_registry.json"
    own.parent.mkdir(parents=True)
    own.write_text('{"extends": true, "models": {"acme/owl-vl-30b-a3b": null}}', encoding="utf-8")

    found = dict(answers(name, way(VALID / f"{name}.json", monkeypatch)))

    folder = GOLDEN / name
    if IS_RENEWED:
        folder.mkdir(parents=True, exist_ok=True)
        for question, answer in found.items():
            (folder / f"{question}.txt").write_bytes(answer)
    assert found == {path.stem: path.read_bytes() for path in folder.iterdir()}
