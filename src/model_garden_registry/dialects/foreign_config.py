"""The content of another tool's file, in our words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from model_garden_registry.dialects.dialect import Dialect
from model_garden_registry.dialects.items import OF_MODEL, Item
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.merging import Layer
from model_garden_registry.entries.settings.task_settings import Origin, OriginKind
from model_garden_registry.entries.tasks import Task
from model_garden_registry.findings import Finding


class Remark(NamedTuple):
    """
    A key of the file with a remark.

    Args:
        item: The key.

        text: A reason, or similar names; empty if there is nothing to add.
    """

    item: Item
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignConfig:
    """
    The content of one file, or of one command in a file.

    Args:
        path: The file.

        line: First line of a command; None for a file that is one mapping.

        dialect: The tool's dialect.

        model: The key of the model; None if there is none.

        overrides: Our settings as the file has them, by dotted path; omitted ones are as the tool chooses.

        said_by: Setting → the key that sets it, if the file has one.

        understood: Keys that became settings.

        without_influence: Keys that change neither memory nor the result of the run, each with why.

        not_followed: Keys that can change memory and that no setting covers, each with its effect.

        unknown: Keys that the tool does not have, each with similar names.

        findings: Problems with keys and values.
    """

    path: Path
    line: int | None = None
    dialect: Dialect
    model: Item | None
    overrides: Mapping[str, Any]
    said_by: Mapping[str, Item] = field(repr=False)
    understood: tuple[Item, ...] = field(repr=False)
    without_influence: tuple[Remark, ...] = field(repr=False)
    not_followed: tuple[Remark, ...] = field(repr=False)
    unknown: tuple[Remark, ...]
    findings: tuple[Finding, ...]

    def of_entry(self, entry: ModelInfo) -> ForeignConfig:
        """
        Return the content for one model: values that the tool takes from the model come from the entry.

        If the entry does not state such a value, the registry's default is used.
        """
        positions = entry.architecture.max_position_embeddings if entry.architecture else None
        taken = {path for path, value in self.overrides.items() if value is OF_MODEL}
        overrides = {path: value for path, value in self.overrides.items() if path not in taken}
        if positions is not None:
            overrides |= dict.fromkeys(taken, positions)
        return replace(self, overrides=overrides)

    @property
    def tool(self) -> str:
        """The tool with its release: ``axolotl 0.21.0``."""
        return self.dialect.vocabulary.named

    @property
    def task(self) -> Task:
        """The task of the file."""
        return self.dialect.task

    @property
    def model_id(self) -> str | None:
        """The model's id or path in the file."""
        return str(self.model.value) if self.model is not None else None

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The settings as overrides, each with the line of its key, or with the tool for its default."""
        return tuple(
            Layer({path: value}, Origin(OriginKind.FILE, self._source(path))) for path, value in self.overrides.items()
        )

    def _source(self, path: str) -> str:
        item = self.said_by.get(path)
        if item is None:
            return f"default of {self.tool}"
        return f"{self.path}:{item.line}: {item.key}"
