"""Models compared: side by side, counted, before and after, and where their numbers come from."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from model_garden_registry.entries.part import Number
from model_garden_registry.entries.tasks import Refused, SourceKind
from model_garden_registry.payloads.shapes.shape import Shape, absent


class ComparedFieldDocument(Shape):
    """One field of several models."""

    field: str = Field(description="Its name, with a dot between a group and what is in it.")
    differs: bool
    values: list[str | Number | bool | None] = Field(description="In the order of the models; null: not stated.")


class ComparisonDocument(Shape):
    """Models side by side."""

    format: Literal["mgr.compare/1"]
    models: list[str]
    fields: list[ComparedFieldDocument]


class CountDocument(Shape):
    """How many models have a value."""

    value: str | None = Field(description="Null: not stated.")
    models: int


class TallyDocument(Shape):
    """Numbers by the kind of their source."""

    total: int
    measured: int
    derived: int
    vendor: int
    published: int
    declared: int
    unsourced: int = Field(description="How many of the declared ones state no source.")
    old: int
    oldest: str | None = Field(description="Month or day of the oldest statement.")


class CensusDocument(Shape):
    """How many models there are of each kind."""

    format: Literal["mgr.stats/1"]
    models: int
    category: list[CountDocument]
    provider: list[CountDocument]
    license: list[CountDocument]
    size: list[CountDocument]
    status: list[CountDocument]
    quantization: list[CountDocument]
    numbers: TallyDocument


class SourceDocument(Shape):
    """Numbers of a model that have one source."""

    pointer: str = Field(description="JSON pointer below the entry.")
    kind: SourceKind
    source: str | None
    as_of: str | None
    url: str = absent("Address of the source.")
    old: bool
    numbers: list[str] = Field(description="JSON pointers below the entry.")


class AuditedModelDocument(Shape):
    """Where the numbers of one model come from."""

    id: str
    numbers: TallyDocument
    sources: list[SourceDocument]


class AuditDocument(Shape):
    """Where numbers come from."""

    format: Literal["mgr.audit/1"]
    is_valid: bool = Field(description="Whether no number is refused.")
    fail_on: list[Refused]
    older_than: str | None = Field(description="Month before which a statement is old.")
    numbers: TallyDocument
    models: list[AuditedModelDocument]


class ChangeDocument(Shape):
    """One field that changed; an absent side is left out."""

    field: str
    pointer: str
    old: Any = absent("What it was.")
    new: Any = absent("What it is.")


class ChangedDocument(Shape):
    """One model or category that changed."""

    id: str
    changes: list[ChangeDocument]


class RenamedDocument(Shape):
    """A model with another id."""

    old: str
    new: str


class MembersDocument(Shape):
    """What changed among the categories."""

    added: list[str]
    removed: list[str]
    changed: list[ChangedDocument]
    reordered: bool


class ModelsDocument(MembersDocument):
    """What changed among the models."""

    renamed: list[RenamedDocument]


class DifferencesDocument(Shape):
    """What changed between two registries."""

    format: Literal["mgr.diff/1"]
    old: str = Field(description="The file before, as it was named.")
    new: str = Field(description="The file after, as it was named.")
    changed: bool
    head: list[ChangeDocument]
    categories: MembersDocument
    models: ModelsDocument
