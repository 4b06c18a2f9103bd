"""
Every target and kind of entry: it is written, or refused with a reason; what is written says the defaults when read.

The files below golden/ show what is written for a model of each kind. After a change that is meant, MGR_RENEW_GOLDEN=1
in the environment writes them anew: look at the difference before it is committed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from kinds_of_models import one_of_each, one_of_each_family

from model_garden_registry import ModelRegistry, load_registry
from model_garden_registry.dialects.dialect import Dialect
from model_garden_registry.dialects.errors import UnsupportedExportError
from model_garden_registry.dialects.exporting import Form
from model_garden_registry.dialects.reading import read_configs
from model_garden_registry.dialects.targets import Target, every_dialect, targets

pytestmark = pytest.mark.sweep

GOLDEN = Path(__file__).parent / "golden"
#: Read once, before a test takes it out of the environment.
IS_RENEWED = os.environ.get("MGR_RENEW_GOLDEN") == "1"
#: A model of each kind.
MODELS = {
    "text": "Qwen/Qwen3-8B",
    "vision": "Qwen/Qwen2.5-VL-7B-Instruct",
    "4bit": "unsloth/Qwen3-8B-bnb-4bit",
    "awq": "Qwen/Qwen3-8B-AWQ",
    "fp8": "Qwen/Qwen3-8B-FP8",
    "experts": "Qwen/Qwen3-30B-A3B",
    "hybrid": "nvidia/NVIDIA-Nemotron-Nano-9B-v2",
}
#: What a text of each form may be called, so that it is read as one.
SUFFIXES: dict[Form, str] = {"argv": ".sh", "yaml": ".yaml", "json": ".json", "script": ".py.txt"}
#: What starts a model somewhere works out which GPUs run it, and other forms than the first take long to read: of so
#: many kinds one is looked at.
STRIDE = 5


@pytest.fixture(scope="module")
def registry() -> ModelRegistry:
    """Give the shipped registry."""
    return load_registry()


def is_slow(target: Target) -> bool:
    return target.name not in {dialect.name for dialect in every_dialect()}


@pytest.mark.parametrize("target", targets().values(), ids=lambda target: target.name)
def test_every_kind_of_entry_is_written_or_refused_with_a_reason(target: Target, registry: ModelRegistry) -> None:
    """A model that a target has a task for is refused for what it is, never by chance."""
    written, reasons = 0, {}
    for model_id in one_of_each()[::STRIDE] if is_slow(target) else one_of_each_family():
        entry = registry[model_id]
        try:
            made = registry.export(model_id, target.name)
        except UnsupportedExportError as error:
            reasons[model_id] = error.why
        else:
            written += 1
            assert any(entry.supports(task) for task in target.tasks), model_id
            assert made.text.endswith("\n"), model_id
            assert all(note.strip().isprintable() for note in made.notes), model_id
    assert {model_id for model_id, why in reasons.items() if not why.strip() or not why.isprintable()} == set()
    assert written > len(reasons) or written > 100


@pytest.mark.parametrize("form", ["argv", "yaml", "json"])
@pytest.mark.parametrize("dialect", every_dialect(), ids=lambda dialect: dialect.name)
def test_what_is_written_says_the_defaults_when_it_is_read(
    dialect: Dialect, form: Form, registry: ModelRegistry, tmp_path: Path
) -> None:
    """It is recognised, every key is known, no value is refused, and nothing differs from the registry."""
    if form not in dialect.forms:
        return
    path = tmp_path / f"made{SUFFIXES[form]}"
    for model_id in one_of_each_family()[:: 1 if form in ("json", dialect.forms[0]) else STRIDE]:
        try:
            text = registry.export(model_id, dialect.name, form=form).text
        except UnsupportedExportError:
            continue
        path.write_text(text, encoding="utf-8")

        (config,) = read_configs(path)

        assert config.dialect.name == dialect.name, model_id
        assert [finding.message for finding in config.findings] == [], model_id
        assert config.unknown == (), model_id
        assert config.model_id in (model_id, None), model_id
        assert registry.drift(config, model=model_id).differences == (), model_id


def golden_cases() -> Iterator[object]:
    for target in targets().values():
        for form in target.forms:
            for kind, model_id in MODELS.items():
                yield pytest.param(target, form, model_id, kind, id=f"{target.name} {form} {kind}")


@pytest.mark.parametrize(("target", "form", "model_id", "kind"), [*golden_cases()])
def test_a_file_is_as_it_was_looked_at(
    target: Target, form: Form, model_id: str, kind: str, registry: ModelRegistry
) -> None:
    """Its whole text; of a refusal, the reason."""
    try:
        name, text = f"{kind}{SUFFIXES[form]}", registry.export(model_id, target.name, form=form).text
    except UnsupportedExportError as error:
        name, text = f"{kind}.refused.txt", f"{error.why}\n"
    path = GOLDEN / target.name / name
    if IS_RENEWED:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")

    assert text == path.read_text(encoding="utf-8")


def test_golden_files_are_those_of_targets() -> None:
    """One that nothing writes any more is gone."""
    known = targets()
    names = {f"{kind}{SUFFIXES[form]}" for kind in MODELS for form in SUFFIXES} | {
        f"{kind}.refused.txt" for kind in MODELS
    }

    found = [path.relative_to(GOLDEN) for path in GOLDEN.rglob("*") if path.is_file()]

    assert [path for path in found if path.parts[0] not in known or path.name not in names] == []


def test_golden_json_is_json() -> None:
    """Whatever stands in it."""
    for path in GOLDEN.rglob("*.json"):
        assert isinstance(json.loads(path.read_text(encoding="utf-8")), dict)
