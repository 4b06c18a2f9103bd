"""The file around the entries: format version, date, categories."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from model_garden_registry.entries.part import Part, ReadOnly
from model_garden_registry.entries.patterns import MOMENT_PATTERN, VERSION_PATTERN


class Category(Part):
    """A group of models, as user interfaces show it."""

    name: str = Field(min_length=1, description="Name for people.", examples=["Vision-Language Models"])
    description: str = Field(description="What the models in this group do.", examples=["Models that see images."])
    icon: str | None = Field(None, description="A symbol for user interfaces.", examples=["🎨"])

    def stated(self) -> dict[str, str]:
        """Return what is stated, as a fresh dict."""
        return {name: value for name, value in self.known().items() if value is not None}


class Envelope(Part):
    """The head of a registry file."""

    schema_path: str | None = Field(
        None,
        alias="$schema",
        description="Relative path of the schema, for editors.",
        examples=["./models_registry.schema.json"],
    )
    version: str = Field(pattern=VERSION_PATTERN, description="Version of the file format.", examples=["1.1.0"])
    last_updated: str = Field(
        pattern=MOMENT_PATTERN,
        description="When the data last changed, with UTC offset.",
        examples=["2026-11-23T00:00:00Z"],
    )
    categories: Annotated[Mapping[str, Category], ReadOnly] = Field(
        description="Groups of models, by key.",
        examples=[{"text-llm": {"name": "Text models", "description": "Models that read and write text."}}],
    )
    extends: bool = Field(
        default=False,
        description="Whether the file is an overlay: it states what differs from the registry below it.",
        examples=[True],
    )
