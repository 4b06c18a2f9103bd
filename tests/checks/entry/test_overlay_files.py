"""Checks of overlays: by their own schema, and as they are on what they lie on."""

from __future__ import annotations

import builtins
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry.checks.entry.corrections import correct_registry_files
from model_garden_registry.checks.entry.registry_files import check_registry_files, document_flaws, lint_registry_files
from model_garden_registry.checks.entry.schema import shipped_checker
from model_garden_registry.errors import RegistryReadError
from model_garden_registry.findings import Finding
from model_garden_registry.reports import Report

MODEL = "Qwen/Qwen3-8B"

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(models: Any, name: str = "own.json", **head: Any) -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({"extends": True, **head, "models": models}, indent=2), encoding="utf-8")
        return path

    return write


@pytest.fixture(params=["jsonschema-rs", "without"])
def _with_and_without_the_extra(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Check by jsonschema-rs, and where it is not installed."""
    real = builtins.__import__

    def refuse(name: str, *rest: Any) -> Any:
        if name == "jsonschema_rs":
            raise ImportError(name)
        return real(name, *rest)

    if request.param == "without":
        monkeypatch.setattr(builtins, "__import__", refuse)


def checked(path: Path) -> list[Finding]:
    (report,) = check_registry_files([path])
    assert isinstance(report, Report)
    return [*report.findings]


def found(path: Path) -> dict[str, str]:
    """Give the findings: pointer → code."""
    return {str(finding.place and finding.place.pointer): str(finding.code) for finding in checked(path)}


@pytest.mark.usefixtures("_with_and_without_the_extra")
def test_a_sound_overlay_has_no_findings(write: Write) -> None:
    path = write(
        {
            MODEL: {"training_defaults": {"hyperparameters": {"batch_size": 3}}},
            "Qwen/Qwen3-0.6B-Base": None,
            "no/such": None,
        },
        version="1.2.0",
        last_updated="2026-01-01T00:00:00Z",
        categories={"own": {"name": "Own", "description": "Ours."}},
    )

    assert checked(path) == []


@pytest.mark.usefixtures("_with_and_without_the_extra")
def test_each_mistake_is_found_at_its_place(write: Write) -> None:
    """Unknown keys and wrong values by the schema; what is missing, and what contradicts the rest, on the whole."""
    path = write(
        {
            MODEL: {"training_defaults": {"hyperparameters": {"batch_sise": 7}}},
            "Qwen/Qwen3-4B": {"requirements": {"min_vram_gb": 500}},
            "Qwen/Qwen3-14B": {"requirements": {"min_vram_gb": "4"}},
            "acme/one": {"id": "acme/one"},
            "acme/two": 5,
        },
        modles={},
    )

    codes = found(path)

    assert codes["/modles"] == "unknown-key"
    assert codes["/models/Qwen~1Qwen3-8B/training_defaults/hyperparameters/batch_sise"] == "unknown-key"
    assert codes["/models/Qwen~1Qwen3-4B/requirements/min_vram_gb"] == "minimum-above-recommended"
    assert codes["/models/Qwen~1Qwen3-14B/requirements/min_vram_gb"] == "wrong-type"
    assert codes["/models/acme~1one"] == "missing-key"
    assert codes["/models/acme~1two"] in {"wrong-type", "no-alternative"}
    assert len(codes) == 6


def test_a_finding_has_the_line_of_the_overlay(write: Write) -> None:
    path = write({"Qwen/Qwen3-4B": {"requirements": {"min_vram_gb": 500}}})

    (finding,) = checked(path)

    assert finding.place
    assert finding.place.file == str(path)
    line = path.read_text("utf-8").splitlines()[(finding.place.line or 0) - 1]
    assert line.strip() == '"min_vram_gb": 500'


def test_an_overlay_is_seen_on_those_below_it(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """A category of the organisation is known to a project, and only on it."""
    team = write({}, "team.json", categories={"own": {"name": "Own", "description": "Ours."}})
    path = write({MODEL: {"category": "own"}})

    alone = found(path)
    monkeypatch.setenv("MGR_REGISTRY", str(team))

    assert alone == {"/models/Qwen~1Qwen3-8B/category": "category-unknown"}
    assert found(path) == {}


def test_without_its_file_an_overlay_is_checked_by_its_schema_alone() -> None:
    """Nothing is known of what it lies on."""
    document = {"extends": True, "models": {MODEL: {"requirements": 5, "name": "Q"}, "acme/new": {"name": "N"}}}

    (flaw,) = document_flaws(document, shipped_checker())

    assert flaw.where == ("models", MODEL, "requirements")


def test_entries_below_are_not_checked_again(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is wrong in another file is found in the check of that file."""
    monkeypatch.setenv("MGR_REGISTRY", str(write({"acme/one": {"id": "acme/one"}}, "team.json")))

    assert found(write({MODEL: {"name": "Q"}})) == {}


@pytest.mark.parametrize("models", [[], 3, None])
def test_models_of_a_wrong_type_are_one_finding(models: Any, write: Write) -> None:
    assert found(write(models)) == {"/models": "wrong-type"}


def test_physics_are_asked_of_changed_entries_alone(write: Write) -> None:
    path = write({"Qwen/Qwen3-14B": {"requirements": {"training": {"min_vram_gb": 1}}}})

    (report,) = lint_registry_files([path])

    assert isinstance(report, Report)
    assert [str(finding.code) for finding in report.findings] == ["minimum-below-weights"]


def test_derived_numbers_of_an_overlay_are_rewritten(write: Write) -> None:
    """Only those that it states; the rest of it stays as it is, byte for byte."""
    derived = {"kind": "derived", "source": "memory model", "as_of": "2026-01"}
    sources = {"/requirements/training/min_vram_gb": derived}
    path = write({MODEL: {"requirements": {"training": {"min_vram_gb": 1}}, "sources": sources}, "a/b": None})
    before = path.read_text("utf-8")

    (corrected,) = correct_registry_files([path])

    (changed,) = corrected.written
    assert changed.where[-3:] == ("requirements", "training", "min_vram_gb")
    assert path.read_text("utf-8") == before.replace('"min_vram_gb": 1', f'"min_vram_gb": {changed.new}')


def test_a_broken_configuration_around_it_is_named(write: Write, tmp_path: Path) -> None:
    (tmp_path / "mgr.toml").write_text("registry = 3", encoding="utf-8")

    (error,) = check_registry_files([write({MODEL: {}})])

    assert isinstance(error, RegistryReadError)
    assert error.path.name == "mgr.toml"


@pytest.mark.parametrize(
    ("models", "codes"),
    [
        pytest.param({"a/b": {"foo": 1}}, {"unknown-key", "missing-key"}, id="a new entry with nothing but it"),
        pytest.param(
            {MODEL: {"sources": {"/requirements/training/min_vram_gb": {"a": 1}}}},
            {"unknown-key", "missing-key"},
            id="a source with nothing but it",
        ),
    ],
)
def test_an_unknown_key_hides_nothing_else(models: dict[str, Any], codes: set[str], write: Write) -> None:
    """What is missing once the entry is merged is told as well, each thing once."""
    (report,) = check_registry_files([write(models)])

    assert isinstance(report, Report)
    assert {str(finding.code) for finding in report.findings} == codes
    told = [(finding.code, finding.message, finding.place) for finding in report.findings]
    assert len(told) == len(set(map(repr, told)))
