"""A registry of one's own models: begun, added to, taken from; and what it says of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry import known_gpu, load_registry
from model_garden_registry.authoring.relatives import fine_tune_of
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.checks.entry.registry_files import lint_registry_files
from model_garden_registry.errors import EntryExistsError, RegistryReadError, RegistryWriteError
from model_garden_registry.files.location import NamedBy
from model_garden_registry.files.overlays import RegistryLayer
from model_garden_registry.lifecycle.own_models import add_model, init_overlay, own_file, remove_model
from model_garden_registry.registry.model_registry import ModelRegistry
from model_garden_registry.reports import Report

MOMENT = "2026-11-30T00:00:00+00:00"
GPUS = ("T4", "RTX 4090", "RTX 3060", "L4", "A10", "A100 40GB", "A100 80GB", "H100 80GB", "RTX 5090", "V100 16GB")
#: One of each kind: full precision, two quantised ones, a mixture, vision, serving alone.
BASES = (
    "Qwen/Qwen3-8B",
    "unsloth/Llama-3.2-3B-Instruct-bnb-4bit",
    "unsloth/Qwen3-8B-unsloth-bnb-4bit",
    "openai/gpt-oss-20b",
    "Qwen/Qwen2.5-VL-7B-Instruct",
    "Qwen/Qwen3-8B-AWQ",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "own" / "models.json"
    init_overlay(path, moment=MOMENT)
    return path


def add(path: Path, entry: dict[str, Any], **more: Any) -> ModelRegistry:
    registry = load_registry(path)
    add_model(registry.layers, entry, categories=registry.get_categories(), moment=MOMENT, **more)
    return load_registry(path)


def test_an_empty_overlay_is_sound_and_changes_nothing(path: Path) -> None:
    """Its schema stands beside it, where `$schema` says."""
    registry = load_registry(path)
    (report,) = lint_registry_files([path])

    assert isinstance(report, Report)
    assert report.findings == ()
    assert [*registry] == [*load_registry(bundled_registry())]
    assert json.loads((path.parent / json.loads(path.read_bytes())["$schema"]).read_bytes())["required"] == ["extends"]


def test_a_file_that_is_there_stays(path: Path) -> None:
    before = path.read_bytes()

    with pytest.raises(FileExistsError):
        init_overlay(path, moment=MOMENT)

    assert path.read_bytes() == before


def test_a_schema_that_is_there_stays(tmp_path: Path) -> None:
    """Somebody may have a newer one."""
    own = tmp_path / "models_registry_overlay.schema.json"
    own.write_text("{}", encoding="utf-8")

    assert init_overlay(tmp_path / "a.json", moment=MOMENT) == own
    assert own.read_text("utf-8") == "{}"


@pytest.mark.parametrize("base", BASES)
def test_a_fine_tune_has_the_verdicts_of_its_base_on_ten_gpus(base: str, path: Path) -> None:
    """Finding by finding, number by number; other forms of the base are no remedy for it, nor it for them."""
    shipped = load_registry(bundled_registry())
    registry = add(path, fine_tune_of(shipped.raw(base), "acme/tuned", as_of="2026-11-30"))

    for task in ("training", "inference"):
        if not shipped[base].supports(task):
            continue
        for gpu in GPUS:
            hardware = known_gpu(gpu)
            ours = registry.validate("acme/tuned", task, hardware=hardware)
            theirs = shipped.validate(base, task, hardware=hardware)
            assert (ours.verdict, ours.findings, ours.estimate) == (theirs.verdict, theirs.findings, theirs.estimate)
            assert ours.settings
            assert theirs.settings
            assert ours.settings.model_dump(exclude={"origins"}) == theirs.settings.model_dump(exclude={"origins"})
            models = [remedy.changes["model"] for remedy in ours.remedies if "model" in remedy.changes]
            assert models == []
            again = registry.validate(base, task, hardware=hardware)
            assert again.remedies == theirs.remedies
    (report,) = lint_registry_files([path])
    assert isinstance(report, Report)
    assert not [finding for finding in report.findings if finding.severity == "fail"]


def test_what_is_added_is_below_nobody_else_s(path: Path) -> None:
    """An id that any file has is refused, also in another case or as a former id; a hidden one is free."""
    entry = load_registry(path).raw("Qwen/Qwen3-8B")
    former = next(alias for model in load_registry(path).values() for alias in model.aliases)
    for taken in ("qwen/qwen3-4b", former):
        with pytest.raises(EntryExistsError):
            add(path, {**entry, "id": taken})
    remove_model(load_registry(path).layers, "Qwen/Qwen3-4B")

    registry = add(path, {**entry, "id": "Qwen/Qwen3-4B", "aliases": []})

    assert registry["Qwen/Qwen3-4B"].name == "Qwen3-8B"


def test_a_copy_may_cover_the_entry_below_once(path: Path) -> None:
    entry = {**load_registry(path).raw("Qwen/Qwen3-8B"), "name": "Ours"}

    assert add(path, entry, may_cover=True)["Qwen/Qwen3-8B"].name == "Ours"
    with pytest.raises(EntryExistsError):
        add(path, entry, may_cover=True)


def test_a_model_is_hidden_and_restored(path: Path) -> None:
    before = path.read_bytes()

    remove_model(load_registry(path).layers, "Qwen/Qwen3-8B")
    hidden = load_registry(path)
    remove_model(hidden.layers, "Qwen/Qwen3-8B", restores=True)

    assert "Qwen/Qwen3-8B" not in hidden
    assert path.read_bytes() == before


def test_an_own_model_is_removed_byte_for_byte(path: Path) -> None:
    before = path.read_bytes()
    registry = add(path, {**load_registry(path).raw("Qwen/Qwen3-8B"), "id": "acme/one", "aliases": []})

    remove_model(registry.layers, "acme/one")

    assert path.read_bytes() == before


def test_a_change_of_a_model_below_is_replaced_by_null(path: Path) -> None:
    path.write_text('{"extends": true, "models": {"Qwen/Qwen3-8B": {"name": "Ours"}, "a/b": null}}', encoding="utf-8")

    remove_model(load_registry(path).layers, "Qwen/Qwen3-8B")

    assert path.read_text("utf-8") == '{"extends": true, "models": {"Qwen/Qwen3-8B": null, "a/b": null}}'


def test_a_file_that_stands_alone_takes_models_too(tmp_path: Path) -> None:
    """With the definition of their category; what it does not have is not hidden but gone."""
    path = tmp_path / "alone.json"
    path.write_text(
        '{"version": "1.1.0", "last_updated": "2026-11-30T00:00:00Z", "categories": {}, "models": {}}', encoding="utf-8"
    )
    entry = {**load_registry(bundled_registry()).raw("Qwen/Qwen3-8B"), "aliases": []}
    categories = load_registry(bundled_registry()).get_categories()
    add_model(load_registry(path).layers, entry, categories=categories, moment=MOMENT)

    assert [*load_registry(path).get_categories()] == ["text-llm"]
    remove_model(load_registry(path).layers, "Qwen/Qwen3-8B")
    assert len(load_registry(path)) == 0


@pytest.mark.parametrize("named_by", [NamedBy.SHIPPED, NamedBy.REMOTE, NamedBy.ORGANISATION])
def test_a_file_of_others_is_not_written(named_by: NamedBy, tmp_path: Path) -> None:
    with pytest.raises(RegistryWriteError, match="mgr registry init"):
        own_file((RegistryLayer(tmp_path / "a.json", named_by, {}),))


def test_a_broken_overlay_is_not_written(tmp_path: Path) -> None:
    """It would be an edit of what nobody has read."""
    problem = RegistryReadError(tmp_path / "a.json", "is not JSON")

    with pytest.raises(RegistryReadError, match="is not JSON"):
        own_file((RegistryLayer(tmp_path / "a.json", NamedBy.ARGUMENT, {}, problem),))


def test_what_stands_in_the_place_of_the_schema_is_no_schema(tmp_path: Path) -> None:
    """Nothing is written."""
    (tmp_path / "models_registry_overlay.schema.json").mkdir()

    with pytest.raises(RegistryWriteError, match="is no file: the schema of overlays goes there"):
        init_overlay(tmp_path / "models.json", moment=MOMENT)
    assert not (tmp_path / "models.json").exists()
