"""What another tool's file says, in our words."""

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
    A key of the file, and what is said of it.

    Args:
        item: The key.

        text: A reason, or near names; empty if there is nothing to say.
    """

    item: Item
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignConfig:
    """
    What one file, or one command in a file, says.

    Args:
        path: The file.

        line: Where a command begins; None for a file that is one mapping.

        dialect: Whose words they are.

        model: The key that names the model; None if none does.

        overrides: Our settings as the file has them, by dotted path; what it leaves out is as the tool chooses.

        said_by: Setting → the key that says it, where the file has one.

        understood: Keys that became settings.

        without_influence: Keys that change neither memory nor what comes of the run, each with why.

        not_followed: Keys that can change memory and that no setting follows, each with what it does.

        unknown: Keys that the tool has not, each with names that may be meant.

        findings: What is wrong with keys and values.
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
        Return what the file says of one model: what the tool takes from the model is the entry's.

        Where the entry does not state it, the default of the registry stands.
        """
        positions = entry.architecture.max_position_embeddings if entry.architecture else None
        taken = {path for path, value in self.overrides.items() if value is OF_MODEL}
        overrides = {path: value for path, value in self.overrides.items() if path not in taken}
        if positions is not None:
            overrides |= dict.fromkeys(taken, positions)
        return replace(self, overrides=overrides)

    @property
    def tool(self) -> str:
        """The tool and the release whose words are taken: ``axolotl 0.21.0``."""
        return self.dialect.vocabulary.named

    @property
    def task(self) -> Task:
        """What the file is for."""
        return self.dialect.task

    @property
    def model_id(self) -> str | None:
        """What the file calls its model: an id or a path."""
        return str(self.model.value) if self.model is not None else None

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The settings as overrides, each with the line of its key, or the tool whose default it is."""
        return tuple(
            Layer({path: value}, Origin(OriginKind.FILE, self._source(path))) for path, value in self.overrides.items()
        )

    def _source(self, path: str) -> str:
        item = self.said_by.get(path)
        if item is None:
            return f"default of {self.tool}"
        return f"{self.path}:{item.line}: {item.key}"
