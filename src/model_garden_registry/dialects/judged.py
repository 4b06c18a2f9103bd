"""What is said of another tool's file: the verdict on it, and where it differs from the registry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from model_garden_registry.dialects.foreign_config import ForeignConfig
from model_garden_registry.dialects.items import Item
from model_garden_registry.entries.settings.task_settings import Origin
from model_garden_registry.memory.fitting.remedies import Remedy
from model_garden_registry.near_names import ResolvedId
from model_garden_registry.reports import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedConfig:
    """
    What another tool's file says, and the verdict on it.

    Args:
        config: What it says.

        model: The entry that its model is, and how it was found; None if there is none.

        report: What is wrong with its keys, and the verdict on the model with its settings; the subject is the file,
            and findings stand at its lines.

        remedies: Those of the report, in the tool's words: keys of the file instead of settings, where it has them.
    """

    config: ForeignConfig
    model: ResolvedId | None
    report: Report
    remedies: tuple[Remedy, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """
    A setting that a file has otherwise than the registry.

    Args:
        setting: Its dotted path.

        found: The file's value.

        default: The registry's value for the model.

        origin: Where the registry's value comes from.

        item: The key that says it; None if it is the tool's default.
    """

    setting: str
    found: Any
    default: Any
    origin: Origin
    item: Item | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """
    Where another tool's file differs from the registry's defaults for its model.

    Args:
        config: What the file says.

        model: The entry that its model is, and how it was found.

        differences: In the order of the file's settings.
    """

    config: ForeignConfig
    model: ResolvedId
    differences: tuple[Difference, ...]
