"""What tests of axolotl's files share: settings written and read, and keys read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from model_garden_registry import ModelRegistry, load_registry
from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.foreign_config import ForeignConfig
from model_garden_registry.dialects.items import Item
from model_garden_registry.dialects.reading import config_of
from model_garden_registry.dialects.training.axolotl.dialect import AXOLOTL
from model_garden_registry.entries.settings.task_settings import TrainingSettings
from model_garden_registry.findings import Severity

#: What every axolotl file needs.
LEAST = {"base_model": "Qwen/Qwen3-8B", "learning_rate": 2e-4, "datasets": [{"path": "data"}]}
#: What every file with an adapter needs.
LORA = {"adapter": "lora", "lora_r": 16, "lora_alpha": 32, "lora_target_linear": True}
TEXT, VISION, BNB = "Qwen/Qwen3-8B", "Qwen/Qwen3-VL-8B-Instruct", "unsloth/Qwen3-8B-bnb-4bit"
REGISTRY: ModelRegistry = load_registry()


def request(model_id: str = TEXT, **overrides: Any) -> ExportRequest:
    """Return what is exported for a model with settings."""
    settings = REGISTRY.settings(model_id, "training", **{"stack": "axolotl", **overrides})
    return ExportRequest(target="axolotl", model_id=model_id, entry=REGISTRY[model_id], settings=settings)


def words(model_id: str = TEXT, **overrides: Any) -> dict[str, Any]:
    """Return what a file says that is written."""
    return AXOLOTL.words(request(model_id, **overrides))


def read(**keys: Any) -> ForeignConfig:
    """Return what a file says with these keys beside the least; None leaves one out. ``__`` is a dot."""
    stated = {key.replace("__", "."): value for key, value in {**LEAST, **keys}.items() if value is not None}
    return config_of(Path("run.yml"), AXOLOTL, [Item(key, value, 1, 1) for key, value in stated.items()])


def said(config: ForeignConfig, severity: Severity = Severity.FAIL) -> list[str]:
    """Return what is wrong with a file, or what it is warned of."""
    return [finding.message for finding in config.findings if finding.severity is severity]


def again(model_id: str, written: dict[str, Any]) -> TrainingSettings:
    """Return the settings of a model by what a written file says."""
    flat: list[Item] = []
    for key, value in written.items():
        nested = value.items() if key in AXOLOTL.flat_groups and isinstance(value, dict) else ()
        flat += [Item(f"{key}.{leaf}", inner) for leaf, inner in nested] or [Item(key, value)]
    config = config_of(Path("run.yml"), AXOLOTL, flat)
    assert config.findings == ()
    settings = REGISTRY.settings(model_id, "training", **config.overrides)
    assert isinstance(settings, TrainingSettings)
    return settings
