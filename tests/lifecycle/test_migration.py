"""Registry files of older formats, brought to the newest one in place."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_garden_registry import RegistryNotFoundError, RegistryReadError
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.checks.entry.registry_files import check_registry_file
from model_garden_registry.checks.entry.schema import shipped_checker
from model_garden_registry.entries.format_version import FORMAT_VERSION
from model_garden_registry.lifecycle.migration import Migrated, migrate_registry_file

APPLICATION = Path(__file__).resolve().parents[1] / "registries" / "valid" / "application.json"
SHIPPED: dict[str, Any] = json.loads(bundled_registry().read_bytes())
#: Models of several kinds, of which a made-up file has some.
SOME = (
    *("unsloth/tinyllama-bnb-4bit", "Qwen/Qwen3-8B", "Qwen/Qwen3-8B-AWQ", "Qwen/Qwen2.5-VL-7B-Instruct"),
    *("mosaicml/mpt-7b", "allenai/Olmo-3-1025-7B"),
)
OPTIONAL = (
    *("base_model", "license", "released", "languages", "aliases", "architecture", "min_versions", "sources"),
    *("superseded_by", "deprecation", "benchmarks"),
)
#: Values whose text no writer of JSON would give again.
ODD = '{"x-n": [1.50, 1E3, -0.0, 12345678901234567890, "\\u00e9\\/"]}'


@st.composite
def registries(draw: Any) -> bytes:
    """Make a registry file: some entries, each without some of its facts, in some layout."""
    models = {}
    for model_id in draw(st.lists(st.sampled_from(SOME), unique=True)):
        gone = draw(st.sets(st.sampled_from(OPTIONAL)))
        kept = {key: value for key, value in SHIPPED["models"][model_id].items() if key not in gone}
        models[model_id] = {**kept, **draw(st.sampled_from([{}, {"x-mine": {"a": [1]}}]))}
    version = draw(st.sampled_from(["1.0.0", "1.0.7", "1.1.0", "1.2.0", "1.2.9"]))
    head = {"x-odd": "ODD", "categories": SHIPPED["categories"], "models": models, "version": version}
    document = {"last_updated": "2026-01-01T00:00:00Z", **head}
    separators = draw(st.sampled_from([None, (",", ":"), (" , ", " : ")]))
    text = json.dumps(document, indent=draw(st.sampled_from([None, 2, "\t"])), separators=separators)
    mark, ends = draw(st.sampled_from(["", "\ufeff"])), draw(st.sampled_from(["\n", "\r\n"]))
    return (mark + text.replace('"ODD"', ODD).replace("\n", ends) + ends).encode()


def flaws_of(path: Path) -> set[str]:
    """Return what is wrong with a file."""
    findings = check_registry_file(path, shipped_checker()).findings
    return {f"{finding.place and finding.place.pointer} {finding.message}" for finding in findings}


@settings(max_examples=40, deadline=None)
@given(content=registries(), fill=st.booleans())
def test_migrating_twice_equals_once(content: bytes, fill: bool, tmp_path_factory: pytest.TempPathFactory) -> None:
    """And the file is in the newest format, follows the schema if it did, and has lost nothing."""
    path = tmp_path_factory.mktemp("made") / "registry.json"
    path.write_bytes(content)
    flaws = flaws_of(path)

    first = migrate_registry_file(path, fill=fill)
    once = path.read_bytes()
    second = migrate_registry_file(path, fill=fill)

    assert (path.read_bytes(), second.is_changed) == (once, False)
    assert first.is_changed == (once != content)
    assert flaws_of(path) <= flaws
    assert json.loads(once.decode("utf-8-sig"))["version"] in {FORMAT_VERSION, "1.2.9"}
    newest = re.sub(rb'("version"\s*:\s*)"1\.[01]\.\d"', rb'\1"1.2.0"', content)
    rest = iter(once)
    assert all(byte in rest for byte in newest)
    assert fill or once == newest


def test_the_file_of_the_application_is_filled(tmp_path: Path) -> None:
    """Each entry gets its architecture, and what the file states stays."""
    path = tmp_path / "registry.json"
    path.write_bytes(APPLICATION.read_bytes())

    done = migrate_registry_file(path, fill=True)

    before, after = json.loads(APPLICATION.read_bytes()), json.loads(path.read_bytes())
    assert (done.old, done.new, {*done.filled}) == ("1.0.0", "1.2.0", {*before["models"]})
    assert all("architecture" in names for names in done.filled.values())
    assert check_registry_file(path, shipped_checker()).verdict == "ok"
    kept = {key: {name: entry[name] for name in before["models"][key]} for key, entry in after["models"].items()}
    assert {**after, "models": kept} == {**before, "version": "1.2.0"}


def test_an_overlay_is_not_filled(tmp_path: Path) -> None:
    """What it leaves out is stated below it."""
    path = tmp_path / "registry.json"
    path.write_text('{"version": "1.1.0", "extends": true, "models": {"Qwen/Qwen3-8B": {}}}')

    assert migrate_registry_file(path, fill=True) == Migrated(path=path, old="1.1.0", new="1.2.0", filled={})
    assert path.read_text() == '{"version": "1.2.0", "extends": true, "models": {"Qwen/Qwen3-8B": {}}}'


@pytest.mark.parametrize(
    ("content", "problem", "place"),
    [
        pytest.param("{", "is not JSON: EOF", (1, 2), id="no JSON"),
        pytest.param('{"models": {}}', "`version` is not the version of a format", (1, 1), id="no version"),
        pytest.param('{\n"version": 1}', "`version` is not the version of a format", (2, 1), id="a number"),
        pytest.param('{"version": "1.0"}', "`version` is not the version of a format", (1, 2), id="half a version"),
        pytest.param('{"version": "2.0.0"}', "is in format 2.0.0; this release writes 1.2.0", (1, 2), id="too new"),
        pytest.param('{"version": "1.0.0"}', "it has no object `models`", (1, 1), id="no models"),
    ],
)
def test_what_is_no_registry_is_refused(content: str, problem: str, place: tuple[int, int], tmp_path: Path) -> None:
    """With the place, and unchanged."""
    path = tmp_path / "registry.json"
    path.write_text(content)

    with pytest.raises(RegistryReadError) as refused:
        migrate_registry_file(path)

    assert problem.partition(":")[0] in str(refused.value)
    assert (refused.value.line, refused.value.column) == place
    assert path.read_text() == content


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """Nothing is created."""
    with pytest.raises(RegistryNotFoundError):
        migrate_registry_file(tmp_path / "registry.json")

    assert list(tmp_path.iterdir()) == []


def test_a_file_that_goes_meanwhile_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not made anew."""
    path = tmp_path / "registry.json"
    path.write_text('{"version": "1.0.0", "models": {}}')

    def gone(_path: Path, change: Any) -> None:
        change(None)

    monkeypatch.setattr("model_garden_registry.lifecycle.migration.edit_file", gone)

    with pytest.raises(RegistryNotFoundError):
        migrate_registry_file(path)
