"""The verdict on another tool's file, and its differences from the registry."""

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
    The content of another tool's file, with the verdict.

    Args:
        config: The content.

        model: The entry of its model, and how it was found; None if there is none.

        report: Problems of its keys, and the verdict on the model with its settings; the subject is the file,
            and findings point to its lines.

        remedies: The report's remedies, in the tool's words: keys of the file instead of settings, if it has them.
    """

    config: ForeignConfig
    model: ResolvedId | None
    report: Report
    remedies: tuple[Remedy, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """
    A setting whose value in a file differs from the registry's.

    Args:
        setting: Its dotted path.

        found: The file's value.

        default: The registry's value for the model.

        origin: Where the registry's value comes from.

        item: The key that sets it; None if it is the tool's default.
    """

    setting: str
    found: Any
    default: Any
    origin: Origin
    item: Item | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """
    Differences of another tool's file from the registry's defaults for its model.

    Args:
        config: The content of the file.

        model: The entry of its model, and how it was found.

        differences: In the order of the file's settings.
    """

    config: ForeignConfig
    model: ResolvedId
    differences: tuple[Difference, ...]
