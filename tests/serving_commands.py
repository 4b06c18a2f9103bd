"""What tests of commands for a serving engine share: settings written and read, and options read."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from model_garden_registry import ModelRegistry, load_registry
from model_garden_registry.dialects.dialect import Dialect
from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.foreign_config import ForeignConfig
from model_garden_registry.dialects.reading import config_of
from model_garden_registry.dialects.recognising import command_items
from model_garden_registry.dialects.texts.commands import CommandForm, read_commands
from model_garden_registry.entries.settings.task_settings import InferenceSettings
from model_garden_registry.findings import Severity

TEXT, VISION, MIXTURE = "Qwen/Qwen3-8B", "Qwen/Qwen2.5-VL-7B-Instruct", "Qwen/Qwen3-30B-A3B"
BNB, AWQ, DRAFTING = "unsloth/Qwen3-8B-bnb-4bit", "Qwen/Qwen2.5-7B-Instruct-AWQ", "zai-org/GLM-4.5-Air"
REGISTRY: ModelRegistry = load_registry()


def request(dialect: Dialect, model_id: str = TEXT, /, **overrides: Any) -> ExportRequest:
    """Return what is exported for a model with settings."""
    settings = REGISTRY.settings(model_id, "inference", **{**dialect.constants, **overrides})
    return ExportRequest(target=dialect.name, model_id=model_id, entry=REGISTRY[model_id], settings=settings)


def words(dialect: Dialect, model_id: str = TEXT, /, **overrides: Any) -> dict[str, Any]:
    """Return what a command says that is written."""
    return dialect.words(request(dialect, model_id, **overrides))


def read(dialect: Dialect, arguments: str) -> ForeignConfig:
    """Return what a command says with these arguments."""
    start = dialect.writers["argv"](request(dialect), {dialect.model_key or "": "x"}).rpartition(" ")[0]
    (command,) = read_commands(f"{start} {arguments}", CommandForm.SHELL)
    found = command_items(command, [dialect])
    assert found is not None
    return config_of(Path("run.sh"), dialect, found[1], line=1)


def said(config: ForeignConfig, severity: Severity = Severity.FAIL) -> list[str]:
    """Return what is wrong with a command, or what it is warned of."""
    return [finding.message for finding in config.findings if finding.severity is severity]


def settings_of(config: ForeignConfig, model_id: str) -> InferenceSettings:
    """Return the settings of a model by what a command says."""
    settings = REGISTRY.settings(model_id, "inference", **config.of_entry(REGISTRY[model_id]).overrides)
    assert isinstance(settings, InferenceSettings)
    return settings


def again(dialect: Dialect, asked: ExportRequest) -> InferenceSettings:
    """Return the settings of a model by the command that is written for it, which nothing is wrong with."""
    (command,) = read_commands(dialect.export(asked).text, CommandForm.SHELL)
    found = command_items(command, [dialect])
    assert found is not None
    config = config_of(Path("run.sh"), dialect, found[1])
    assert (config.findings, config.unknown, config.not_followed) == ((), (), ())
    assert config.model_id == asked.model_id
    return settings_of(config, asked.model_id)


def argv(dialect: Dialect, asked: ExportRequest) -> list[str]:
    """Return the words of a command that is written."""
    return shlex.split(dialect.export(asked).text.replace("\\\n", " "))
