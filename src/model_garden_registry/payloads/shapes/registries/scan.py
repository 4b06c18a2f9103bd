"""Models on a machine."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from model_garden_registry.entries.part import Number
from model_garden_registry.payloads.shapes.shape import Shape, absent


class FoundModelDocument(Shape):
    """A model on a machine."""

    id: str = Field(description="As the cache names it; of a folder, `own/` and its name.")
    path: str = Field(description="The folder that has its files.")
    source: Literal["cache", "folder"]
    size_gb: Number
    entry: str | None = Field(description="The id of its entry in the registry; null: it has none.")
    revision: str = absent("The commit of its files, if it is in a cache.")
    base_model: str = absent("Of an adapter, the model below it.")
    note: str = absent("Why it has no entry, or no weights.")
    broken: list[str] = Field(description="What is missing or cannot be read, in words.")
    command: str = absent("The command that adds it to a registry.")


class NoDraftDocument(Shape):
    """A new model without a draft."""

    id: str
    message: str = Field(description="Why.")


class DraftsDocument(Shape):
    """Drafts of entries for new models on the Hugging Face Hub."""

    format: Literal["mgr.drafts/1"]
    organisation: str
    entries: dict[str, dict[str, Any]] = Field(description="Entries by id, as registry files have them.")
    problems: list[NoDraftDocument]
    others: int = Field(description="How many of its models are no new ones that write text.")


class ScanDocument(Shape):
    """Models on a machine."""

    format: Literal["mgr.scan/1"]
    cache: str = Field(description="Where the cache of huggingface_hub is, or would be.")
    models: list[FoundModelDocument]
