"""Models written for a training tool and read back, by a sound entry and ones that differ from it in one respect."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sound_entry import ENTRY

from model_garden_registry.dialects.dialect import Dialect
from model_garden_registry.dialects.exporting import ExportRequest, Form
from model_garden_registry.dialects.foreign_config import ForeignConfig
from model_garden_registry.dialects.items import Item
from model_garden_registry.dialects.reading import config_of
from model_garden_registry.dialects.rules import Words
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.merging import Layer, merge
from model_garden_registry.entries.settings.task_settings import TrainingSettings


def entry_of(changes: Mapping[str, Any] | None = None, /, **parts: Any) -> ModelInfo:
    """Return the sound entry with some of its parts replaced."""
    return ModelInfo.model_validate({**ENTRY, **(changes or {}), **parts})


def vision_entry(**parts: Any) -> ModelInfo:
    """Return a model that takes images."""
    capabilities = {**ENTRY["capabilities"], "vision": True}
    return entry_of(category="vision-vlm", capabilities=capabilities, **parts)


def mixture_entry(model_type: str, targets: list[str] | str, *, dropout: float = 0.0) -> ModelInfo:
    """Return a model of a family whose experts are one tensor."""
    moe = {"num_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 1024}
    defaults = ENTRY["training_defaults"]
    lora = {**defaults["lora_config"], "target_modules": targets, "lora_dropout": dropout}
    return entry_of(
        architecture={**ENTRY["architecture"], "model_type": model_type, "moe": moe},
        training_defaults={**defaults, "lora_config": lora},
    )


def asked(dialect: Dialect, entry: ModelInfo | None = None, /, **overrides: Any) -> ExportRequest:
    """Return what is exported; a double underscore stands for the dot of a path."""
    chosen = entry or entry_of()
    plain = {path.replace("__", "."): value for path, value in overrides.items()}
    # The tool's own settings come last, as the registry has it.
    settings = merge(chosen, "training", Layer(plain), Layer(dialect.constants))
    return ExportRequest(target=dialect.name, model_id=chosen.id, entry=chosen, settings=settings)


def said(dialect: Dialect, **values: Any) -> Words:
    """Return what a file says, each value as the tool takes it."""
    keys = dialect.vocabulary.keys
    return Words({key: Item(key, keys[key].taken(value)) for key, value in values.items()}, dialect.vocabulary)


def read(dialect: Dialect, /, **values: Any) -> ForeignConfig:
    """Return what a file says, a key a line."""
    items = [Item(key, value, line, 1) for line, (key, value) in enumerate(values.items(), 1)]
    return config_of(Path("config"), dialect, items)


def settings_of(config: ForeignConfig, entry: ModelInfo) -> TrainingSettings:
    """Return the settings that a file comes to for a model."""
    found = merge(entry, "training", *config.layers)
    assert isinstance(found, TrainingSettings)
    return found


def written_and_read(dialect: Dialect, request: ExportRequest, folder: Path, form: Form | None = None) -> ForeignConfig:
    """Return what a written file says."""
    from model_garden_registry.dialects.reading import read_config

    ending = form or dialect.forms[0]
    file = folder / f"config.{ending}"
    file.write_text(dialect.export(request, form).text, encoding="utf-8")
    return read_config(file)
