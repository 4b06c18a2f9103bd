"""The base of every type of a document: exact types, and no unknown key."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Shape(BaseModel):
    """An object of a document."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


def absent(description: str) -> Any:
    """Return the field of a key that may be missing, which is not the same as null."""
    return Field(default=None, description=description, json_schema_extra=_without_default)


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)
