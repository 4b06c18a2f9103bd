"""What tests of files for a training tool share: settings written and read, and keys read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from model_garden_registry import ModelRegistry, load_registry
from model_garden_registry.dialects.dialect import Dialect
from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.foreign_config import ForeignConfig
from model_garden_registry.dialects.items import Item
from model_garden_registry.dialects.reading import config_of
from model_garden_registry.entries.settings.task_settings import TrainingSettings
from model_garden_registry.findings import Severity

TEXT, VISION, BNB = "Qwen/Qwen3-8B", "Qwen/Qwen2.5-VL-7B-Instruct", "unsloth/Qwen3-8B-bnb-4bit"
REGISTRY: ModelRegistry = load_registry()


def request(dialect: Dialect, model_id: str = TEXT, /, **overrides: Any) -> ExportRequest:
    """Return what is exported for a model with settings; ``__`` is a dot."""
    plain = {path.replace("__", "."): value for path, value in overrides.items()}
    settings = REGISTRY.settings(model_id, "training", **{**dialect.constants, **plain})
    return ExportRequest(target=dialect.name, model_id=model_id, entry=REGISTRY[model_id], settings=settings)


def words(dialect: Dialect, model_id: str = TEXT, /, **overrides: Any) -> dict[str, Any]:
    """Return what a file says that is written."""
    return dialect.words(request(dialect, model_id, **overrides))


def read(dialect: Dialect, /, **keys: Any) -> ForeignConfig:
    """Return what a file says with these keys, each in a line of its own."""
    items = [Item(key, value, line, 1) for line, (key, value) in enumerate(keys.items(), 1)]
    return config_of(Path("run.yaml"), dialect, items)


def said(config: ForeignConfig, severity: Severity = Severity.FAIL) -> list[str]:
    """Return what is wrong with a file, or what it is warned of."""
    return [finding.message for finding in config.findings if finding.severity is severity]


def again(dialect: Dialect, model_id: str, written: dict[str, Any]) -> TrainingSettings:
    """Return the settings of a model by what a written file says, which nothing is wrong with."""
    config = read(dialect, **written)
    assert (config.findings, config.unknown, config.not_followed) == ((), (), ())
    settings = REGISTRY.settings(model_id, "training", **config.overrides)
    assert isinstance(settings, TrainingSettings)
    return settings
